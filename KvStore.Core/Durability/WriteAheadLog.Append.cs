using KvStore.Core.Changes;

namespace KvStore.Core.Durability;

/// <content>Appending and syncing, by the log's own thread alone.</content>
internal sealed partial class WriteAheadLog
{
    // After so many bytes without a pause those who wait are served first.
    private const int MostBytesOfGroup = 4 << 20;

    private readonly byte[] _buffer = new byte[256 * 1_024];
    private Segment? _segment;
    private long _offset;
    private int _buffered;
    private long _bytesWritten;
    private long _bytesSynced;
    private long _lastSync;

    // Whether everything that has been written is synced.
    private bool _isSynced = true;

    /// <summary>Appends what has been published, group by group.</summary>
    /// <returns>How many changes.</returns>
    private long AppendAvailable()
    {
        var first = Position;
        var end = _bytesWritten + MostBytesOfGroup;
        while (_bytesWritten < end && TryMeasureGroup(Position + 1, out var count, out var bytes))
        {
            if (_segment is null || _offset + _buffered + bytes + LogFormat.FrameBytes > _pool.SegmentBytes)
            {
                BeginSegment();
            }

            for (var revision = Position + 1; count > 0; revision++, count--)
            {
                Append(revision);
            }
        }

        return Position - first;
    }

    /// <summary>How many changes belong together from a revision on, and the bytes of their frames; false where the first has not been published.</summary>
    /// <remarks>The last of a group is published first: where the first is, all are.</remarks>
    private bool TryMeasureGroup(long revision, out int count, out long bytes)
    {
        (count, bytes) = (0, 0);
        while (_changes.TryView(revision + count, out var first, out var second))
        {
            bytes += LogFormat.FrameBytes + first.Length + second.Length;
            count++;
            if (!HasMore(first, second))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasMore(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        if (first.Length >= ChangeRecord.HeaderBytes)
        {
            return ChangeRecord.HasMore(first);
        }

        Span<byte> header = stackalloc byte[ChangeRecord.HeaderBytes];
        first.CopyTo(header);
        second[..(header.Length - first.Length)].CopyTo(header[first.Length..]);
        return ChangeRecord.HasMore(header);
    }

    private void Append(long revision)
    {
        _changes.TryView(revision, out var first, out var second);
        Span<byte> frame = stackalloc byte[LogFormat.FrameBytes];
        var flags = _isSynced ? FrameFlags.SyncedBefore : FrameFlags.None;
        Frame.Write(frame, _segment!.Salt, flags, revision, first, second);
        _isSynced = false;
        Put(frame);
        Put(first);
        Put(second);
        MoveTo(revision);
    }

    private void BeginSegment()
    {
        EndSegment(FrameFlags.None);
        _segment = _pool.Take();
        _offset = LogFormat.HeaderBytes;
    }

    private void EndSegment(FrameFlags flags)
    {
        if (_segment is not { } segment)
        {
            return;
        }

        Span<byte> frame = stackalloc byte[LogFormat.FrameBytes];
        Frame.Write(frame, segment.Salt, flags | (_isSynced ? FrameFlags.SyncedBefore : FrameFlags.None), Position, default);
        Put(frame);
        Sync();
        var isLast = flags.HasFlag(FrameFlags.CleanStop);
        if (isLast)
        {
            // It will not be used again: each start begins another.
            segment.File.SetLength(_offset);
        }

        segment.File.Dispose();
        lock (_endedLock)
        {
            _ended.Add(new KeptSegment(segment.Sequence, Position, isLast ? _offset : _pool.SegmentBytes));
        }

        _segment = null;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(ref _bytesWritten, _bytesWritten + bytes.Length);
        if (bytes.Length > _buffer.Length - _buffered)
        {
            WriteBuffer();
        }

        if (bytes.Length > _buffer.Length)
        {
            _segment!.File.Write(_offset, bytes);
            _offset += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void WriteBuffer()
    {
        if (_buffered > 0)
        {
            _segment!.File.Write(_offset, _buffer.AsSpan(0, _buffered));
            _offset += _buffered;
            _buffered = 0;
        }
    }

    private void Sync()
    {
        WriteBuffer();
        var start = _time.GetTimestamp();
        _segment!.File.Sync();
        _lastSync = _time.GetTimestamp();
        _isSynced = true;
        var changes = Position - Watermark.Revision;
        Watermark.Advance(Position);
        if (_options.Sync == SyncMode.Always)
        {
            _changes.Release(Position);
        }

        _observer?.Synced(_time.GetElapsedTime(start, _lastSync), changes, _bytesWritten - _bytesSynced);
        _bytesSynced = _bytesWritten;
    }
}
