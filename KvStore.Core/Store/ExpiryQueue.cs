namespace KvStore.Core.Store;

/// <summary>When the keys of a shard expire, soonest first.</summary>
/// <remarks>
/// <para>An entry is not taken out when its key is written again or deleted: it has become stale, and whoever takes it finds that the
/// key's record says otherwise. When most entries are stale they are dropped, so that overwriting one key for ever costs no memory.</para>
/// <para>Not thread safe but for <see cref="Soonest"/>: used under the shard's lock.</para>
/// </remarks>
internal sealed class ExpiryQueue
{
    private const int AlwaysKept = 64;

    private readonly PriorityQueue<uint, long> _entries = new();
    private long _soonest = long.MaxValue;

    /// <summary>The time of the first entry, in Unix milliseconds; <see cref="long.MaxValue"/> where there is none.
    /// Safe to read from any thread.</summary>
    public long Soonest => Volatile.Read(ref _soonest);

    /// <summary>Entries, stale ones included.</summary>
    public int Count => _entries.Count;

    /// <summary>Sees to it that the next entries can be added without any memory.</summary>
    public void Reserve(int entries = 1) => _entries.EnsureCapacity(_entries.Count + entries);

    /// <summary>Adds an entry.</summary>
    /// <param name="key">The key's reference.</param>
    /// <param name="expiresAt">When it expires, in Unix milliseconds.</param>
    public void Add(uint key, long expiresAt)
    {
        _entries.Enqueue(key, expiresAt);
        SetSoonest();
    }

    /// <summary>Takes the first entry, where its time has come at <paramref name="now"/> (Unix milliseconds).</summary>
    public bool TryTake(long now, out uint key, out long expiresAt)
    {
        if (!_entries.TryPeek(out key, out expiresAt) || expiresAt > now)
        {
            return false;
        }

        _entries.Dequeue();
        SetSoonest();
        return true;
    }

    /// <summary>Whether more than half the entries are stale, where <paramref name="expiring"/> keys expire.</summary>
    public bool IsMostlyStale(int expiring) => _entries.Count > (2 * expiring) + AlwaysKept;

    /// <summary>Drops the entries that are stale; where there is no memory for that they stay, until the next time.</summary>
    /// <remarks>Who calls this has written already, and must not fail any more.</remarks>
    /// <param name="isCurrent">Whether a key's record has this expiry.</param>
    public void DropStale(Func<uint, long, bool> isCurrent)
    {
        List<(uint Key, long ExpiresAt)> current;
        try
        {
            current = [.. _entries.UnorderedItems.Where(entry => isCurrent(entry.Element, entry.Priority)).Distinct()];
        }
        catch (OutOfMemoryException)
        {
            return;
        }

        // One by one, as room for them is there: to enqueue a range takes memory, and what is cleared must not be lost.
        _entries.Clear();
        foreach (var (key, expiresAt) in current)
        {
            _entries.Enqueue(key, expiresAt);
        }

        SetSoonest();
    }

    private void SetSoonest() =>
        Volatile.Write(ref _soonest, _entries.TryPeek(out _, out var expiresAt) ? expiresAt : long.MaxValue);
}
