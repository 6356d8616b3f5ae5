using System.Globalization;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Reads a log from the change after a snapshot to its end, and tells what kind of end that is (docs/wal-format.md, "Reading").</summary>
/// <remarks>Changes nothing. Not thread safe.</remarks>
/// <param name="directory">The data directory.</param>
/// <param name="after">The revision whose changes, and all before them, are not needed.</param>
/// <param name="sink">Is given the changes after that.</param>
/// <param name="progress">Is told how far it is; null for nobody.</param>
/// <param name="cancellationToken">Ends it early.</param>
internal sealed class LogReader(
    IDataDirectory directory, long after, ILogSink sink, RecoveryProgress? progress = null, CancellationToken cancellationToken = default)
{
    private readonly List<ReadSegment> _segments = [];

    // The last revision that was read, and the last that is whole: an atomic batch may have to be taken back. None before the first frame.
    private long? _last;
    private long? _whole;
    private long _latestTime;
    private long _changes;
    private long _synced;
    private bool _isInBatch;
    private bool _isCleanStop;
    private bool _isAlways;
    private TornTail? _tornTail;

    /// <summary>Reads the log.</summary>
    /// <exception cref="DataDirectoryException">A segment is of a newer version.</exception>
    /// <exception cref="IOException">A segment could not be read.</exception>
    public LogEnd Read()
    {
        var sequences = SegmentFiles.List(directory);
        var damage = sequences.Count == 0
            ? new LogDamage(1, 0, "the directory holds no segment of the log")
            : ReadFrom(sequences, SegmentFiles.FindFirst(directory, sequences, after));
        return new LogEnd
        {
            LastRevision = _whole ?? after,
            LatestTime = _latestTime,
            Changes = _changes,
            IsCleanStop = _isCleanStop,
            IsAlways = _isAlways,
            Segments = _segments,
            TornTail = _tornTail,
            Damage = damage,
        };
    }

    private LogDamage? ReadFrom(List<long> sequences, int first)
    {
        for (var i = first; i < sequences.Count; i++)
        {
            var sequence = sequences[i];
            if (i > first && sequence != sequences[i - 1] + 1)
            {
                return new LogDamage(sequences[i - 1] + 1, 0, $"it is missing, but {LogFormat.SegmentName(sequence)} is there, which was made after it");
            }

            using var segment = SegmentReader.TryOpen(directory, sequence);
            if (segment is null)
            {
                return new LogDamage(sequence, 0, SegmentReader.WrongHeader);
            }

            if (ReadSegment(segment, sequences, i, out var end) is { } damage)
            {
                // Whoever repairs it ends it there.
                _last = _whole;
                Keep(segment, end, hasEnd: false, isUsed: true);
                return damage;
            }
        }

        return null;
    }

    /// <summary>Reads a segment to its end, or as far as it goes, and says what that means.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="sequences">All segments.</param>
    /// <param name="index">Its place among them.</param>
    /// <param name="end">Where its last whole change ends, in bytes.</param>
    private LogDamage? ReadSegment(SegmentReader segment, List<long> sequences, int index, out long end)
    {
        var sequence = segment.Header.Sequence;
        end = _synced = segment.Offset;
        Frame frame;
        for (var start = end; segment.TryRead(_last + 1 ?? 0, out frame, out var bytes); start = segment.Offset)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _synced = frame.Flags.HasFlag(FrameFlags.SyncedBefore) ? start : _synced;
            if (bytes.IsEmpty)
            {
                return FinishSegment(segment, end, frame);
            }

            if (_last is null && frame.Revision > after + 1)
            {
                return new LogDamage(sequence, end, Say($"it begins with revision {frame.Revision}, and those from {after + 1} on are missing"));
            }

            if (!LoggedChange.TryRead(bytes, frame.Revision, out var change))
            {
                return new LogDamage(sequence, end, Say($"what it holds for revision {frame.Revision} is no change"));
            }

            Take(frame.Revision, change);
            if (!change.HasMore)
            {
                end = segment.Offset;
                Commit(frame.Revision);
            }
        }

        return Break(segment, end, frame, sequences, index);
    }

    private void Take(long revision, in LoggedChange change)
    {
        _last = revision;
        _isInBatch = change.HasMore;
        _latestTime = Math.Max(_latestTime, change.Timestamp);
        _changes++;
        progress?.Add(LogFormat.FrameBytes + Changes.ChangeRecord.Size(change.Key.Length, change.Record.Length), 1);
        if (revision > after)
        {
            sink.Add(revision, change);
        }
    }

    private void Commit(long revision)
    {
        _whole = revision;
        if (revision > after)
        {
            sink.Commit();
        }
    }

    private LogDamage? FinishSegment(SegmentReader segment, long end, in Frame frame)
    {
        var sequence = segment.Header.Sequence;
        if (_isInBatch)
        {
            return new LogDamage(sequence, end, Say($"the atomic batch before revision {frame.Revision + 1} is not whole, but the segment ends after it"));
        }

        if (_last is null && frame.Revision > after)
        {
            return new LogDamage(sequence, end, Say($"it goes on after revision {frame.Revision}, and those from {after + 1} on are missing"));
        }

        _last = _whole = frame.Revision;
        _isCleanStop = frame.Flags.HasFlag(FrameFlags.CleanStop);
        Keep(segment, end, hasEnd: true, isUsed: true);
        return null;
    }

    /// <summary>Decides what it means that no frame follows: that the log ends here, after a crash or not, or that it is damaged.</summary>
    private LogDamage? Break(SegmentReader segment, long end, in Frame found, List<long> sequences, int index)
    {
        var sequence = segment.Header.Sequence;
        var last = _last ?? after;
        if (SegmentFiles.FindUsed(directory, sequences, index + 1, last) is { } beyond)
        {
            return new LogDamage(sequence, segment.Offset, Say(
                $"revision {last + 1} or the segment's end should follow, but what is there fits neither, and {LogFormat.SegmentName(beyond)} goes on after it"));
        }

        if (segment.Length < segment.Header.Length)
        {
            return new LogDamage(sequence, segment.Length, Say(
                $"it has no end, and {segment.Header.Length - segment.Length} bytes of it are missing, which no crash takes away"));
        }

        var scan = FrameScan.Run(segment, segment.Offset + 1, last, cancellationToken: cancellationToken);
        if (scan.SyncedAt is { } syncedAt)
        {
            return new LogDamage(sequence, segment.Offset, Say(
                $"revision {last + 1} should follow, but what is there does not fit; it had been synced, as the frame at byte {syncedAt} says"));
        }

        // What does not look like the beginning of a frame is what the file held before: it is no loss.
        var isBegun = SegmentReader.IsPlausible(found, last + 1, last + 1) && found.Length > 0;
        var tornEnd = Math.Max(
            scan.Frames > 0 ? scan.End : segment.Offset,
            isBegun ? Math.Min(segment.Length, segment.Offset + LogFormat.FrameBytes + found.Length) : segment.Offset);
        if (tornEnd > end)
        {
            _tornTail = new TornTail(LogFormat.SegmentName(sequence), end, tornEnd - end);
        }

        _last = _whole;
        _isInBatch = false;
        _isCleanStop = false;
        Keep(segment, end, hasEnd: false, isUsed: segment.Offset > LogFormat.HeaderBytes || tornEnd > end);
        return null;
    }

    private void Keep(SegmentReader segment, long end, bool hasEnd, bool isUsed)
    {
        var header = segment.Header;
        _isAlways = header.IsAlways;
        _segments.Add(new ReadSegment(header.Sequence, header.Salt, _last ?? after, segment.Length, end, hasEnd, isUsed, Math.Min(_synced, end)));
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
