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
    /// <param name="time">The clock that expiry goes by.</param>
    public ReadResult Read(in HashedKey key, IBufferWriter<byte>? destination, TimeProvider time)
    {
        for (var i = 0; i < OptimisticReads; i++)
        {
            var status = TryRead(key, destination, time, out var result);
            if (status != ReadStatus.Overtaken)
            {
                return result;
            }
        }

        lock (_lock)
        {
            TryRead(key, destination, time, out var result);
            return result;
        }
    }

    private ReadStatus TryRead(in HashedKey key, IBufferWriter<byte>? destination, TimeProvider time, out ReadResult result)
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

        // A chunk of its own never holds anything else: it is enough that it is the right one.
        if (isOwnChunk)
        {
            if (IsOvertaken(freed))
            {
                return ReadStatus.Overtaken;
            }

            return Finish(record, time, ref result) ? Copy(record, destination) : ReadStatus.Expired;
        }

        var length = record.Value.Length;
        var isLive = Finish(record, time, ref result);
        if (destination is not null && isLive && length > 0)
        {
            record.Value.CopyTo(destination.GetSpan(length));
        }

        if (IsOvertaken(freed))
        {
            return ReadStatus.Overtaken;
        }

        if (isLive)
        {
            destination?.Advance(length);
        }

        return isLive ? ReadStatus.Done : ReadStatus.Expired;
    }

    private static ReadStatus Copy(in Record record, IBufferWriter<byte>? destination)
    {
        destination?.Write(record.Value);
        return ReadStatus.Done;
    }

    /// <summary>Fills in the result; false where the key has expired.</summary>
    private static bool Finish(in Record record, TimeProvider time, ref ReadResult result)
    {
        var expiresAt = record.ExpiresAt;
        if (expiresAt != 0 && expiresAt <= time.GetUtcNow().ToUnixTimeMilliseconds())
        {
            return false;
        }

        result = new ReadResult(
            ErrorCode.None,
            record.Revision,
            ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText),
            record.Value.Length,
            expiresAt);
        return true;
    }

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
