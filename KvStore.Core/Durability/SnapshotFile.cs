using System.Buffers;
using System.Buffers.Binary;
using KvStore.Core.Files;
using KvStore.Core.Records;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>A snapshot that is being written: its header, blocks and end.</summary>
/// <remarks>Holds one block in memory. Not thread safe.</remarks>
internal sealed class SnapshotFile : IDisposable
{
    // Some tens of microseconds of work, after which whoever waits for this processor has it.
    private const int Turn = 32;

    private readonly IDataFile _file;
    private readonly SnapshotBlock _block = new();
    private uint _blocks;
    private long _looked;

    /// <summary>Begins a snapshot.</summary>
    /// <param name="file">An empty file, which is disposed of with this.</param>
    /// <param name="header">What it begins with.</param>
    public SnapshotFile(IDataFile file, in SnapshotHeader header)
    {
        _file = file;
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderBytes];
        header.Write(bytes);
        Append(bytes);
    }

    /// <summary>Entries so far.</summary>
    public long Entries { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds keys with their records, until a block is written or there are no more.</summary>
    /// <param name="store">Where the records are. A key that is gone is left out.</param>
    /// <param name="keys">The keys.</param>
    /// <returns>Whether there may be more.</returns>
    public bool WriteSome(ShardedStore store, KeyWalk keys)
    {
        while (keys.MoveNext())
        {
            Entries += _block.TryAdd(store, keys.Current) ? 1 : 0;
            if (++_looked % Turn == 0)
            {
                Thread.Yield();
            }

            if (_block.IsFull)
            {
                WriteBlock();
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the snapshot.</summary>
    /// <param name="lastRevision">The last revision that any record in it can have.</param>
    /// <param name="latestTime">The latest time that the store's clock has shown, Unix milliseconds.</param>
    public void WriteEnd(long lastRevision, long latestTime)
    {
        WriteBlock();
        Span<byte> content = stackalloc byte[SnapshotEnd.ContentBytes];
        BinaryPrimitives.WriteInt64LittleEndian(content, Entries);
        BinaryPrimitives.WriteInt64LittleEndian(content[8..], lastRevision);
        BinaryPrimitives.WriteInt64LittleEndian(content[16..], latestTime);
        _block.Write(content);
        Append(_block.Finish(_blocks++));
    }

    /// <summary>Waits until all that was written is durable.</summary>
    public void Sync() => _file.Sync();

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private void WriteBlock()
    {
        if (_block.Count > 0)
        {
            Append(_block.Finish(_blocks++));
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _file.Write(Bytes, bytes);
        Bytes += bytes.Length;
    }
}

/// <summary>A block of a snapshot that is being filled.</summary>
/// <remarks>Used again and again. Not thread safe.</remarks>
internal sealed class SnapshotBlock : IBufferWriter<byte>
{
    // What a long entry took is not kept for the short ones after it.
    private const int MostKept = 4 * LogFormat.FullBlockBytes;

    private byte[] _bytes = new byte[MostKept];
    private int _length = LogFormat.BlockBytes;

    /// <summary>Entries in it.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it takes no more.</summary>
    public bool IsFull => _length - LogFormat.BlockBytes > LogFormat.FullBlockBytes;

    /// <summary>Adds a key with its record; false where the store has none any more.</summary>
    public bool TryAdd(ShardedStore store, ReadOnlySpan<byte> key)
    {
        var start = _length;
        key.CopyTo(GetSpan(LogFormat.EntryBytes + key.Length)[LogFormat.EntryBytes..]);
        _length += LogFormat.EntryBytes + key.Length;
        var recordLength = store.CopyRecord(key, this);
        if (recordLength == 0)
        {
            _length = start;
            return false;
        }

        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start), key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start + sizeof(int)), recordLength);
        Count++;
        return true;
    }

    /// <summary>Completes it, and begins the next.</summary>
    /// <param name="number">Its number in the snapshot, from 0.</param>
    /// <returns>Its bytes, until something is added.</returns>
    public ReadOnlySpan<byte> Finish(uint number)
    {
        var bytes = _bytes.AsSpan(0, _length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(uint)..], _length - LogFormat.BlockBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[(2 * sizeof(uint))..], Count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Of(bytes[sizeof(uint)..], number));
        (_length, Count) = (LogFormat.BlockBytes, 0);
        if (_bytes.Length > MostKept)
        {
            _bytes = new byte[MostKept];
        }

        return bytes;
    }

    /// <inheritdoc />
    public void Advance(int count) => _length += count;

    /// <inheritdoc />
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        GetSpan(sizeHint);
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc />
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        if (_bytes.Length - _length < Math.Max(1, sizeHint))
        {
            Array.Resize(ref _bytes, checked(_length + Math.Max(_length, sizeHint)));
        }

        return _bytes.AsSpan(_length);
    }
}
