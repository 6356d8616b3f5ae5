using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <content>Making a segment: from a file that was used before, or from zeros.</content>
internal sealed partial class SegmentPool
{
    private const int ZerosAtATime = 1 << 20;
    private const int ZerosBetweenSyncs = 16 << 20;

    private static readonly byte[] Zeros = new byte[ZerosAtATime];

    private Segment Make()
    {
        lock (_diskLock)
        {
            var name = LogFormat.SegmentName(_nextSequence);
            var unfinished = name + LogFormat.Unfinished;
            if (_directory.List().Contains(unfinished, StringComparer.Ordinal))
            {
                _directory.Delete(unfinished);
            }

            var file = _spares.TryPeek(out var spare) ? Reuse(spare, unfinished) : Fill(unfinished);
            try
            {
                var header = _header with
                {
                    Sequence = _nextSequence,
                    Salt = NewSalt(file),
                    CreatedAt = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                    Length = SegmentBytes,
                };
                Span<byte> bytes = stackalloc byte[LogFormat.HeaderBytes];
                header.Write(bytes);
                file.Write(0, bytes);
                file.Sync();
                _directory.Rename(unfinished, name);
                _directory.SyncNames();
                return new Segment(_nextSequence++, header.Salt, file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }

    private IDataFile Reuse(string spare, string name)
    {
        _directory.Rename(spare, name);
        _spares.Dequeue();
        return _directory.OpenWrite(name);
    }

    /// <summary>Makes a file of zeros that have their space on the disk.</summary>
    private IDataFile Fill(string name)
    {
        var file = _directory.Create(name);
        try
        {
            for (long offset = 0; offset < SegmentBytes; offset += ZerosAtATime)
            {
                file.Write(offset, Zeros.AsSpan(0, (int)Math.Min(ZerosAtATime, SegmentBytes - offset)));
                if (offset % ZerosBetweenSyncs == 0)
                {
                    // Little by little: one sync of everything would be in the way of the log's own.
                    file.Sync();
                }
            }

            return file;
        }
        catch
        {
            // What space it has got must not be kept from others, on a full disk above all.
            file.Dispose();
            _directory.Delete(name);
            throw;
        }
    }

    private static uint NewSalt(IDataFile file)
    {
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderBytes];
        file.Read(0, bytes);
        uint salt;
        do
        {
            salt = BitConverter.ToUInt32(Guid.NewGuid().ToByteArray());
        }
        while (SegmentHeader.TryRead(bytes, out var old) && old.Salt == salt);

        return salt;
    }
}
