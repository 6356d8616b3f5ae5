using System.Buffers;
using KvStore.Core.Search;
using KvStore.Core.Search.Tree;

namespace KvStore.Core.Store;

/// <content>Reading the whole store beside live traffic, for a snapshot.</content>
public sealed partial class ShardedStore
{
    /// <summary>The last revision that any record can have by now.</summary>
    internal long LastTakenRevision => _log.LastRevision;

    /// <summary>The revision up to which every change is in the store.</summary>
    internal long SettledRevision => _log.PublishedRevision;

    /// <summary>Adds the next keys in byte order to a page.</summary>
    /// <param name="after">The key after which to go on; empty for the first.</param>
    /// <param name="limit">The most keys: the index is locked meanwhile.</param>
    /// <param name="page">Receives them.</param>
    /// <returns>Whether there may be more.</returns>
    internal bool ReadKeys(ReadOnlySpan<byte> after, int limit, KeyPage page) =>
        _index.ReadForward(Bound.After(after), limit, key =>
        {
            page.Add(key);
            return true;
        });

    /// <summary>Copies a key's whole record, with its revision and even where it has expired.</summary>
    /// <returns>Bytes copied; 0 where there is no such key any more.</returns>
    internal int CopyRecord(ReadOnlySpan<byte> key, IBufferWriter<byte> destination)
    {
        var hashed = new HashedKey(key);
        return ShardOf(hashed).CopyRecord(hashed, destination);
    }
}
