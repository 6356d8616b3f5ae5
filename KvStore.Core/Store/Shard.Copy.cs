using System.Buffers;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Copying whole records for a snapshot, without the lock.</content>
internal sealed partial class Shard
{
    /// <summary>Copies a key's record, whether it has expired or not; in the same way as <see cref="Read"/>.</summary>
    /// <returns>Bytes copied; 0 where there is no such key.</returns>
    public int CopyRecord(in HashedKey key, IBufferWriter<byte> destination)
    {
        for (var i = 0; i < OptimisticReads; i++)
        {
            var version = Volatile.Read(ref _version);
            if (!TryLookUp(key, out _, out var bytes, out var isOwnChunk))
            {
                return 0;
            }

            if (!Record.TryRead(bytes, out var record))
            {
                continue;
            }

            var size = record.TotalSize;
            if (!isOwnChunk)
            {
                bytes[..size].CopyTo(destination.GetSpan(size));
            }

            if (!IsUnchanged(version))
            {
                continue;
            }

            if (isOwnChunk)
            {
                destination.Write(bytes[..size]);
            }
            else
            {
                destination.Advance(size);
            }

            return size;
        }

        return CopyRecordLocked(key, destination);
    }

    private int CopyRecordLocked(HashedKey key, IBufferWriter<byte> destination)
    {
        lock (_lock)
        {
            if (!TryLookUp(key, out _, out var bytes, out _) || !Record.TryRead(bytes, out var record))
            {
                return 0;
            }

            destination.Write(bytes[..record.TotalSize]);
            return record.TotalSize;
        }
    }
}
