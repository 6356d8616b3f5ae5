namespace KvStore.Tests.Faults;

/// <summary>The bytes of a simulated file, whatever its name: what reads show, what is durable, and what lies between.</summary>
/// <remarks>
/// <para>Reads see the cache. A write puts a version of each sector that it touches into the cache and on the list of unsynced ones. A sync makes the last of
/// each durable; a failed sync forgets the list, and leaves the cache, as Linux marks pages clean that it could not write.</para>
/// <para>The arrays of sectors never change once they are in place, so that copies of a file share them. Not thread safe: its disk is.</para>
/// </remarks>
internal sealed class SimulatedFile(int number)
{
    /// <summary>What a disk writes as one, in bytes.</summary>
    public const int SectorSize = 512;

    // What is left of a sector that a file was cut before: reads as zeros, takes no space.
    private static readonly byte[] Hole = new byte[SectorSize];

    // Shared, since files are filled with zeros ahead of their use. Takes space.
    private static readonly byte[] Zeros = new byte[SectorSize];

    private readonly Dictionary<long, byte[]> _cache = [];
    private readonly Dictionary<long, byte[]> _durable = [];
    private readonly SortedDictionary<long, List<byte[]>> _unsynced = [];
    private readonly List<long> _unsyncedLengths = [];
    private long _durableLength;

    /// <summary>Which of its disk's files it is.</summary>
    public int Number { get; } = number;

    /// <summary>The length that its users see.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of the disk that it takes: holes take none.</summary>
    public long Allocated => (long)_cache.Count * SectorSize;

    public int Read(long offset, Span<byte> destination)
    {
        var count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        Copy(_cache, offset, destination[..count]);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var end = offset + bytes.Length;
        while (!bytes.IsEmpty)
        {
            var (sector, start) = Math.DivRem(offset, SectorSize);
            var count = Math.Min(bytes.Length, SectorSize - (int)start);
            Put(sector, Overwritten(_cache.GetValueOrDefault(sector, Hole), (int)start, bytes[..count]));
            bytes = bytes[count..];
            offset += count;
        }

        if (end > Length)
        {
            ChangeLength(end);
        }
    }

    public void SetLength(long length)
    {
        var (boundary, kept) = Math.DivRem(length, SectorSize);
        if (kept > 0 && length < Length && _cache.TryGetValue(boundary, out var last))
        {
            Put(boundary, FirstBytes((int)kept, last, Hole));
        }

        foreach (var sector in _cache.Keys.Where(sector => sector * SectorSize >= length).Order().ToList())
        {
            Put(sector, Hole);
        }

        ChangeLength(length);
    }

    /// <summary>How many of so many bytes can be written at a place within the space that is left.</summary>
    public int Fitting(long offset, int count, long space)
    {
        for (var at = offset; at < offset + count; at += SectorSize - (at % SectorSize))
        {
            if (!_cache.ContainsKey(at / SectorSize) && (space -= SectorSize) < 0)
            {
                return (int)(at - offset);
            }
        }

        return count;
    }

    /// <summary>Makes what was written durable.</summary>
    public void Sync()
    {
        MakeDurable(int.MaxValue);
        _durableLength = _unsyncedLengths.Count > 0 ? _unsyncedLengths[^1] : _durableLength;
        _unsyncedLengths.Clear();
    }

    /// <summary>Makes so many sectors durable, and forgets that the others are not.</summary>
    public void FailSync(int sectors)
    {
        MakeDurable(sectors);
        _unsyncedLengths.Clear();
    }

    /// <summary>What a power cut leaves of it.</summary>
    /// <param name="cut">What is kept.</param>
    /// <param name="last">The disk's last write, if it was to this file and may be torn.</param>
    public SimulatedFile Survive(Cut cut, DiskWrite? last)
    {
        var left = new SimulatedFile(Number);
        foreach (var (sector, bytes) in _durable)
        {
            left._durable[sector] = bytes;
        }

        var index = 0;
        foreach (var (sector, versions) in _unsynced)
        {
            var kept = cut.Sectors(new UnsyncedSector(Number, index++, _unsynced.Count, versions.Count));
            Set(left._durable, sector, Version(sector, kept));
        }

        var lengths = cut.Lengths(Number, _unsyncedLengths.Count);
        left._durableLength = lengths == 0 ? _durableLength : _unsyncedLengths[lengths - 1];
        if (last is { } torn && cut.LastWriteBytes is { } bytesKept)
        {
            Tear(left, torn, Math.Min(bytesKept, torn.Count));
        }

        left.ForgetBeyond(left._durableLength);
        left.ShowDurable();
        return left;
    }

    /// <summary>The same file, with the same of it unsynced.</summary>
    public SimulatedFile Copy()
    {
        var copy = new SimulatedFile(Number) { Length = Length, _durableLength = _durableLength };
        copy._unsyncedLengths.AddRange(_unsyncedLengths);
        foreach (var (sector, bytes) in _durable)
        {
            copy._durable[sector] = bytes;
        }

        foreach (var (sector, bytes) in _cache)
        {
            copy._cache[sector] = bytes;
        }

        foreach (var (sector, versions) in _unsynced)
        {
            copy._unsynced[sector] = [.. versions];
        }

        return copy;
    }

    /// <summary>What is on the disk itself, synced.</summary>
    public byte[] DurableBytes()
    {
        var bytes = new byte[_durableLength];
        Copy(_durable, 0, bytes);
        return bytes;
    }

    /// <summary>Changes what is on the disk, and in the cache, behind everyone's back.</summary>
    public void Damage(long offset, byte flipped)
    {
        var (sector, at) = Math.DivRem(offset, SectorSize);
        foreach (var sectors in (Dictionary<long, byte[]>[])[_durable, _cache])
        {
            var damaged = (byte[])sectors.GetValueOrDefault(sector, Hole).Clone();
            damaged[at] ^= flipped;
            sectors[sector] = damaged;
        }
    }

    private static void Copy(Dictionary<long, byte[]> sectors, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (sector, start) = Math.DivRem(offset, SectorSize);
            var bytes = sectors.GetValueOrDefault(sector, Hole).AsSpan((int)start);
            bytes = bytes[..Math.Min(bytes.Length, destination.Length)];
            bytes.CopyTo(destination);
            destination = destination[bytes.Length..];
            offset += bytes.Length;
        }
    }

    private static void Set(Dictionary<long, byte[]> sectors, long sector, byte[] bytes)
    {
        if (ReferenceEquals(bytes, Hole))
        {
            sectors.Remove(sector);
        }
        else
        {
            sectors[sector] = bytes;
        }
    }

    private static byte[] Overwritten(byte[] sector, int start, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == SectorSize && !bytes.ContainsAnyExcept((byte)0))
        {
            return Zeros;
        }

        var version = (byte[])sector.Clone();
        bytes.CopyTo(version.AsSpan(start));
        return version;
    }

    private static byte[] FirstBytes(int count, byte[] first, byte[] rest) => [.. first.AsSpan(0, count), .. rest.AsSpan(count)];

    private void Put(long sector, byte[] version)
    {
        Set(_cache, sector, version);
        if (!_unsynced.TryGetValue(sector, out var versions))
        {
            _unsynced[sector] = versions = [];
        }

        versions.Add(version);
    }

    private void MakeDurable(int sectors)
    {
        foreach (var (sector, versions) in _unsynced.Take(sectors))
        {
            Set(_durable, sector, versions[^1]);
        }

        _unsynced.Clear();
    }

    private void ChangeLength(long length)
    {
        if (length != Length)
        {
            Length = length;
            _unsyncedLengths.Add(length);
        }
    }

    // Version 0 is the durable one.
    private byte[] Version(long sector, int number) => number == 0 ? _durable.GetValueOrDefault(sector, Hole) : _unsynced[sector][number - 1];

    private void Tear(SimulatedFile left, DiskWrite write, int bytesKept)
    {
        var end = write.Offset + bytesKept;
        for (var sector = write.Offset / SectorSize; sector * SectorSize < write.Offset + write.Count; sector++)
        {
            var versions = _unsynced[sector].Count;
            var kept = (int)Math.Clamp(end - (sector * SectorSize), 0, SectorSize);
            Set(left._durable, sector, kept == 0 ? Version(sector, versions - 1) : FirstBytes(kept, Version(sector, versions), Version(sector, versions - 1)));
        }

        left._durableLength = Math.Max(write.LengthBefore, end);
    }

    private void ForgetBeyond(long length)
    {
        var (boundary, kept) = Math.DivRem(length, SectorSize);
        if (kept > 0 && _durable.TryGetValue(boundary, out var last))
        {
            _durable[boundary] = FirstBytes((int)kept, last, Hole);
        }

        foreach (var sector in _durable.Keys.Where(sector => sector * SectorSize >= length).ToList())
        {
            _durable.Remove(sector);
        }
    }

    private void ShowDurable()
    {
        Length = _durableLength;
        foreach (var (sector, bytes) in _durable)
        {
            _cache[sector] = bytes;
        }
    }
}
