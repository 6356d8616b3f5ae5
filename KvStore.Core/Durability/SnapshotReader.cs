using System.Buffers.Binary;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Reads a snapshot's blocks, for any number of threads that decode them (docs/snapshot-format.md).</summary>
/// <remarks>Whoever wants more blocks has them read into memory of its own, one thread at a time, and checks them while the others read on.</remarks>
internal sealed class SnapshotReader : IDisposable
{
    /// <summary>What is wrong with a snapshot that cannot be opened.</summary>
    public const string WrongHeader = "its header is not that of a snapshot, or does not fit its checksum";

    private readonly Lock _lock = new();
    private readonly IDataFile _file;
    private long _next = LogFormat.HeaderBytes;
    private uint _nextNumber;
    private bool _isAtEnd;

    private SnapshotReader(IDataFile file, string name, SnapshotHeader header)
    {
        _file = file;
        Name = name;
        Header = header;
        Length = file.Length;
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>What it begins with.</summary>
    public SnapshotHeader Header { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Opens a snapshot.</summary>
    /// <returns>Null where its header is damaged.</returns>
    /// <exception cref="DataDirectoryException">It is of a newer version.</exception>
    public static SnapshotReader? TryOpen(IDataDirectory directory, long revision)
    {
        var name = LogFormat.SnapshotName(revision);
        var file = directory.OpenRead(name);
        try
        {
            Span<byte> bytes = stackalloc byte[LogFormat.HeaderBytes];
            if (SnapshotHeader.TryRead(bytes[..file.Read(0, bytes)], out var header))
            {
                if (header.Version > LogFormat.Version)
                {
                    throw StoreIdentity.NewerVersion(Path.Combine(directory.Path, name), header.Version);
                }

                if (header.Revision == revision)
                {
                    return new SnapshotReader(file, name, header);
                }
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    /// <summary>About how many entries there are, as its end says: not checked, but no more than fit into the file.</summary>
    public long EstimateEntries()
    {
        Span<byte> bytes = stackalloc byte[SnapshotEnd.Bytes];
        return Length >= LogFormat.HeaderBytes + bytes.Length && _file.Read(Length - bytes.Length, bytes) == bytes.Length
            ? Math.Clamp(SnapshotEnd.Read(bytes).Entries, 0, Length / (LogFormat.EntryBytes + sizeof(long)))
            : 0;
    }

    /// <summary>Reads the next blocks. Safe for any number of threads, each with blocks of its own.</summary>
    /// <returns>False after the last.</returns>
    public bool TryRead(SnapshotBlocks blocks)
    {
        lock (_lock)
        {
            if (_isAtEnd)
            {
                return false;
            }

            blocks.Read(_file, Length, _next, _nextNumber);
            _next += blocks.Length;
            _nextNumber += (uint)blocks.Count;
            _isAtEnd = blocks.IsLast;
            return true;
        }
    }

    /// <summary>The file's bytes as they are, for as long as this is not disposed of.</summary>
    public Stream OpenStream() => new DataFileStream(_file, Length);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();
}

/// <summary>What a snapshot ends with.</summary>
/// <param name="Entries">How many entries it has.</param>
/// <param name="LastRevision">The last revision that any of its records can have: the log has to reach it.</param>
/// <param name="LatestTime">The latest time that the store's clock had shown, Unix milliseconds.</param>
internal sealed record SnapshotEnd(long Entries, long LastRevision, long LatestTime)
{
    /// <summary>Bytes of an end's content.</summary>
    public const int ContentBytes = 24;

    /// <summary>Bytes of an end.</summary>
    public const int Bytes = LogFormat.BlockBytes + ContentBytes;

    /// <summary>Reads the content of an end.</summary>
    /// <param name="bytes">All of the end, its block's header included.</param>
    public static SnapshotEnd Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes[LogFormat.BlockBytes..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(LogFormat.BlockBytes + 8)..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[(LogFormat.BlockBytes + 16)..]));
}
