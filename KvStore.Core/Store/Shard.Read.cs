using System.Buffers;
using System.Runtime.CompilerServices;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Reading without the lock.</content>
internal sealed partial class Shard
{
    // A read that meets a change again and again waits for the writers instead.
    private const int OptimisticReads = 8;

    // Odd while a cell is being rewritten; counts rewrites and frees by two each. So a reader that sees the same even number before its
    // look-up and after its copy has copied from a cell that was in use, and stayed as it was.
    private long _version;

    /// <summary>Reads a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Where the value is copied to; null for nowhere.</param>
    /// <param name="maxBytes">A longer value is not copied.</param>
    /// <param name="lastRevision">Nor is the value of a later record.</param>
    public ReadResult Read(in HashedKey key, IBufferWriter<byte>? destination, int maxBytes, long lastRevision)
    {
        for (var i = 0; i < OptimisticReads; i++)
        {
            var version = Volatile.Read(ref _version);
            if (!TryLookUp(key, out _, out var bytes, out var isOwnChunk))
            {
                return new ReadResult(ErrorCode.KeyNotFound);
            }

            if (!Record.TryRead(bytes, out var record))
            {
                continue;
            }

            if (record.ExpiresAt != 0 && !IsLive(record.ExpiresAt))
            {
                // A write that found the key alive may be about to replace it: only after it may the key be seen gone.
                break;
            }

            // A chunk of its own never holds anything else, so it is enough that it is the right one, and it may be copied after the check.
            var isCopied = destination is not null && record.ValueLength <= maxBytes && record.Revision <= lastRevision;
            if (isCopied && !isOwnChunk)
            {
                record.Value.CopyTo(destination!.GetSpan(record.ValueLength));
            }

            var result = Describe(record);
            if (!IsUnchanged(version))
            {
                continue;
            }

            if (isCopied)
            {
                Deliver(record.Value, isOwnChunk, destination!);
            }

            return result;
        }

        return ReadLocked(key, destination, maxBytes, lastRevision);
    }

    private static void Deliver(ReadOnlySpan<byte> value, bool isOwnChunk, IBufferWriter<byte> destination)
    {
        if (isOwnChunk)
        {
            destination.Write(value);
        }
        else
        {
            destination.Advance(value.Length);
        }
    }

    private ReadResult ReadLocked(HashedKey key, IBufferWriter<byte>? destination, int maxBytes, long lastRevision)
    {
        lock (_lock)
        {
            if (!TryFind(key, out _, out var record))
            {
                return new ReadResult(ErrorCode.KeyNotFound);
            }

            if (record.ExpiresAt != 0 && !IsLive(record.ExpiresAt))
            {
                TellExpiry(record);
                return new ReadResult(ErrorCode.KeyNotFound);
            }

            if (destination is not null && record.ValueLength <= maxBytes && record.Revision <= lastRevision)
            {
                destination.Write(record.Value);
            }

            return Describe(record);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadResult Describe(in Record record) => new(
        ErrorCode.None,
        record.Revision,
        ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText),
        record.ValueLength,
        record.ExpiresAt);

    /// <summary>Whether no cell has been freed or rewritten since <see cref="_version"/> was <paramref name="version"/>.</summary>
    private bool IsUnchanged(long version)
    {
        Volatile.ReadBarrier();
        return (version & 1) == 0 && _version == version;
    }

    private void Rewrite(SlabRef cell, in RecordWrite write, long revision)
    {
        // Not one more: should a write ever fail midway, the next must not have the version even while it writes.
        _version |= 1;
        Volatile.WriteBarrier();
        write.Complete(_slabs.Cell(cell), revision);
        Volatile.WriteBarrier();
        _version++;
    }

    private void Free(SlabRef cell)
    {
        _version += 2;
        Volatile.WriteBarrier();
        _slabs.Free(cell);
    }
}
