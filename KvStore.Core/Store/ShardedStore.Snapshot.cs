using System.Buffers;

namespace KvStore.Core.Store;

/// <content>Reading the whole store beside live traffic, for a snapshot.</content>
public sealed partial class ShardedStore
{
    /// <summary>The last revision that any record can have by now.</summary>
    internal long LastTakenRevision => _log.LastRevision;

    /// <summary>The revision up to which every change is in the store.</summary>
    internal long SettledRevision => _log.PublishedRevision;

    /// <summary>Begins to go through all keys.</summary>
    internal KeyWalk WalkKeys() => new(_index);

    /// <summary>Copies a key's whole record, with its revision and even where it has expired.</summary>
    /// <returns>Bytes copied; 0 where there is no such key any more.</returns>
    internal int CopyRecord(ReadOnlySpan<byte> key, IBufferWriter<byte> destination)
    {
        var hashed = new HashedKey(key);
        return ShardOf(hashed).CopyRecord(hashed, destination);
    }
}
