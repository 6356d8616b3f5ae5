namespace KvStore.Core.Store;

/// <summary>The store-wide counter of writes.</summary>
/// <remarks>Safe for any number of threads. A revision is taken under the lock of the shard that writes, so the revisions of one
/// key grow in the order of its writes.</remarks>
internal sealed class RevisionCounter
{
    private long _current;

    /// <summary>The last revision taken; 0 before the first.</summary>
    public long Current => Volatile.Read(ref _current);

    /// <summary>Takes the next revision, from 1.</summary>
    public long Next() => Interlocked.Increment(ref _current);
}
