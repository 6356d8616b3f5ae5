using System.Buffers;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Reading without the lock.</content>
internal sealed partial class Shard
{
    // A read that meets a freed cell again and again waits for the writers instead.
    private const int OptimisticReads = 8;

    // Counts frees. A cell is freed after it has been counted, and used again after that; so a reader that sees the same count
    // before its look-up and after its copy has copied from cells that were in use.
    private long _freed;

    private enum ReadStatus
    {
        Done,
        Missing,
        Expired,
        Overtaken,
    }

    /// <summary>Reads a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Where the value is copied to; null for nowhere.</param>
    /// <param name="maxBytes">A longer value is not copied.</param>
    public ReadResult Read(in HashedKey key, IBufferWriter<byte>? destination, int maxBytes)
    {
        for (var i = 0; i < OptimisticReads; i++)
        {
            switch (TryRead(key, destination, maxBytes, out var result))
            {
                case ReadStatus.Overtaken:
                    continue;
                case ReadStatus.Expired:
                    // A write that found the key alive may be about to replace it: only after it may the key be seen gone.
                    return ReadLocked(key, destination, maxBytes);
                default:
                    return result;
            }
        }

        return ReadLocked(key, destination, maxBytes);
    }

    private ReadResult ReadLocked(in HashedKey key, IBufferWriter<byte>? destination, int maxBytes)
    {
        lock (_lock)
        {
            TryRead(key, destination, maxBytes, out var result);
            return result;
        }
    }

    private ReadStatus TryRead(in HashedKey key, IBufferWriter<byte>? destination, int maxBytes, out ReadResult result)
    {
        result = new ReadResult(ErrorCode.KeyNotFound);
        var freed = Volatile.Read(ref _freed);
        if (!_lookup.TryGetValue(key, out var cell))
        {
            return ReadStatus.Missing;
        }

        if (!Record.TryRead(_slabs.Peek(new SlabRef(cell), out var isOwnChunk), out var record))
        {
            return ReadStatus.Overtaken;
        }

        // A chunk of its own never holds anything else, so it is enough that it is the right one, and it may be copied after the check.
        var value = record.Value;
        var isCopied = destination is not null && value.Length <= maxBytes && !value.IsEmpty;
        var isLive = IsLive(record);
        if (isCopied && isLive && !isOwnChunk)
        {
            value.CopyTo(destination!.GetSpan(value.Length));
        }

        var found = isLive ? Describe(record) : result;
        if (IsOvertaken(freed))
        {
            return ReadStatus.Overtaken;
        }

        result = found;
        if (!isLive)
        {
            return ReadStatus.Expired;
        }

        if (isCopied && isOwnChunk)
        {
            destination!.Write(value);
        }
        else if (isCopied)
        {
            destination!.Advance(value.Length);
        }

        return ReadStatus.Done;
    }

    private static ReadResult Describe(in Record record) => new(
        ErrorCode.None,
        record.Revision,
        ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText),
        record.Value.Length,
        record.ExpiresAt);

    /// <summary>Whether a cell has been freed since <see cref="_freed"/> was <paramref name="freed"/>.</summary>
    private bool IsOvertaken(long freed)
    {
        Volatile.ReadBarrier();
        return _freed != freed;
    }

    private void Free(SlabRef cell)
    {
        _freed++;
        Volatile.WriteBarrier();
        _slabs.Free(cell);
    }
}
