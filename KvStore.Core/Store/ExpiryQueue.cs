using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>The keys of a shard that have an expiry, soonest first.</summary>
/// <remarks>Not thread safe but for <see cref="Soonest"/>: used under the shard's lock. Holds one entry a key, so that
/// overwriting one key for ever costs no memory.</remarks>
internal sealed class ExpiryQueue
{
    private readonly SortedSet<(long ExpiresAt, byte[] Key)> _entries = new(
        Comparer<(long ExpiresAt, byte[] Key)>.Create(static (x, y) =>
        {
            var byTime = x.ExpiresAt.CompareTo(y.ExpiresAt);
            return byTime != 0 ? byTime : KeyOrder.Forward.Compare(x.Key, y.Key);
        }));

    private long _soonest = long.MaxValue;

    /// <summary>The time of the first entry, in Unix milliseconds; <see cref="long.MaxValue"/> where there is none.
    /// Safe to read from any thread.</summary>
    public long Soonest => Volatile.Read(ref _soonest);

    /// <summary>Adds a key that is not in the queue.</summary>
    public void Add(long expiresAt, byte[] key)
    {
        _entries.Add((expiresAt, key));
        Volatile.Write(ref _soonest, _entries.Min.ExpiresAt);
    }

    /// <summary>Removes a key from the queue.</summary>
    public void Remove(long expiresAt, byte[] key)
    {
        _entries.Remove((expiresAt, key));
        Volatile.Write(ref _soonest, _entries.Count == 0 ? long.MaxValue : _entries.Min.ExpiresAt);
    }

    /// <summary>The first key, where it has expired at <paramref name="now"/> (Unix milliseconds); else null.</summary>
    public byte[]? FirstExpired(long now) => Soonest <= now ? _entries.Min.Key : null;

    /// <summary>The keys that have expired at <paramref name="now"/> (Unix milliseconds).</summary>
    public IEnumerable<byte[]> Expired(long now) =>
        Soonest <= now ? _entries.TakeWhile(entry => entry.ExpiresAt <= now).Select(entry => entry.Key) : [];
}
