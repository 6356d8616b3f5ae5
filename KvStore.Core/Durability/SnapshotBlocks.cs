using System.Buffers.Binary;
using KvStore.Core.Files;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>Some blocks of a snapshot that were read together, in the memory of one thread.</summary>
/// <remarks>Used again and again. Not thread safe.</remarks>
internal sealed class SnapshotBlocks
{
    private const int ReadBytes = 1 << 20;

    private byte[] _bytes = new byte[ReadBytes];
    private uint _firstNumber;
    private long _offset;

    /// <summary>Bytes of the blocks.</summary>
    public int Length { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether nothing is read after them: the end is among them, or what follows is no block.</summary>
    public bool IsLast { get; private set; }

    /// <summary>Reads the blocks from a place on: at least one, whatever its length, and else as many as fit.</summary>
    /// <param name="file">The snapshot.</param>
    /// <param name="fileLength">Its length.</param>
    /// <param name="offset">The place.</param>
    /// <param name="number">The number of the block that begins there.</param>
    /// <remarks>Lengths are followed before they are checked, but not out of the file; what they lead to then fails its check.</remarks>
    public void Read(IDataFile file, long fileLength, long offset, uint number)
    {
        (_offset, _firstNumber) = (offset, number);
        if (_bytes.Length > ReadBytes)
        {
            _bytes = new byte[ReadBytes];
        }

        Fill(file, fileLength);
        if (Count == 0 && !IsLast)
        {
            _bytes = new byte[LogFormat.BlockBytes + LengthAt(_bytes)];
            Fill(file, fileLength);
        }
    }

    /// <summary>Checks the blocks, and gives each entry to a loader.</summary>
    /// <param name="loader">Is given key and record, whole.</param>
    /// <returns>What was found.</returns>
    public SnapshotPart Decode<TLoader>(ref TLoader loader)
        where TLoader : struct, ISnapshotLoader, allows ref struct
    {
        var position = 0;
        var entries = 0L;
        for (var i = 0; i < Count; i++)
        {
            var length = LogFormat.BlockBytes + LengthAt(_bytes.AsSpan(position));
            var block = _bytes.AsSpan(position, length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(block) != Crc32C.Of(block[sizeof(uint)..], _firstNumber + (uint)i))
            {
                return new SnapshotPart(entries, null, _offset + position, "a block does not fit its checksum");
            }

            var count = CountAt(block);
            if (count == 0)
            {
                return new SnapshotPart(entries, SnapshotEnd.Read(block), _offset + position, null);
            }

            if (!TryDecode(block[LogFormat.BlockBytes..], count, ref loader))
            {
                return new SnapshotPart(entries, null, _offset + position, "the entries of a block do not fit its length");
            }

            entries += count;
            position += length;
        }

        return new SnapshotPart(entries, null, _offset + position, IsLast ? "it ends in the middle" : null);
    }

    private static bool TryDecode<TLoader>(ReadOnlySpan<byte> rest, uint count, ref TLoader loader)
        where TLoader : struct, ISnapshotLoader, allows ref struct
    {
        for (; count > 0; count--)
        {
            if (rest.Length < LogFormat.EntryBytes)
            {
                return false;
            }

            var keyLength = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            var recordLength = BinaryPrimitives.ReadUInt32LittleEndian(rest[sizeof(uint)..]);
            rest = rest[LogFormat.EntryBytes..];
            if (keyLength == 0 || (ulong)keyLength + recordLength > (ulong)rest.Length)
            {
                return false;
            }

            var key = rest[..(int)keyLength];
            var bytes = rest.Slice((int)keyLength, (int)recordLength);
            if (!Record.TryRead(bytes, out var record) || record.TotalSize != bytes.Length || record.Revision == 0)
            {
                return false;
            }

            loader.Load(key, record, bytes);
            rest = rest[(int)(keyLength + recordLength)..];
        }

        return rest.IsEmpty;
    }

    private void Fill(IDataFile file, long fileLength)
    {
        var wanted = (int)Math.Min(_bytes.Length, fileLength - _offset);
        var count = file.Read(_offset, _bytes.AsSpan(0, wanted));

        // Of a file that has become shorter meanwhile there is no more.
        Measure(_bytes.AsSpan(0, count), count < wanted ? 0 : fileLength - _offset - count);
    }

    private static int LengthAt(ReadOnlySpan<byte> block) => (int)Math.Min(LogFormat.MostBytes + 1u, BinaryPrimitives.ReadUInt32LittleEndian(block[sizeof(uint)..]));

    private static uint CountAt(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadUInt32LittleEndian(block[(2 * sizeof(uint))..]);

    /// <summary>Finds out how many whole blocks there are, and whether there can be more.</summary>
    /// <param name="bytes">What was read.</param>
    /// <param name="unread">How many bytes the file has after them.</param>
    private void Measure(ReadOnlySpan<byte> bytes, long unread)
    {
        (Length, Count, IsLast) = (0, 0, false);
        while (bytes.Length - Length >= LogFormat.BlockBytes)
        {
            var block = bytes[Length..];
            var length = LogFormat.BlockBytes + LengthAt(block);
            var isEnd = CountAt(block) == 0;
            if (length > LogFormat.MostBytes || length > block.Length + unread || (isEnd && (length != SnapshotEnd.Bytes || unread + block.Length != length)))
            {
                IsLast = true;
                return;
            }

            if (length > block.Length)
            {
                return;
            }

            Length += length;
            Count++;
            if (isEnd)
            {
                IsLast = true;
                return;
            }
        }

        IsLast = unread == 0;
    }
}

/// <summary>Takes the entries of a snapshot.</summary>
internal interface ISnapshotLoader
{
    /// <summary>Takes an entry.</summary>
    /// <param name="key">The key.</param>
    /// <param name="record">Its record.</param>
    /// <param name="bytes">The record's bytes.</param>
    void Load(ReadOnlySpan<byte> key, in Record record, ReadOnlySpan<byte> bytes);
}

/// <summary>What some blocks were found to hold.</summary>
/// <param name="Entries">How many entries.</param>
/// <param name="End">The snapshot's end, where it is among them.</param>
/// <param name="Offset">Where in the file the end or the fault is, in bytes.</param>
/// <param name="Fault">What is wrong; null where nothing is.</param>
internal sealed record SnapshotPart(long Entries, SnapshotEnd? End, long Offset, string? Fault);
