namespace KvStore.Api.Http;

/// <summary>What all watches together may take of the process.</summary>
/// <remarks>Safe for any number of threads.</remarks>
/// <param name="maxWatchers">The most watches.</param>
/// <param name="maxBytes">The most bytes of long values that are being sent; one is always sent, however long.</param>
internal sealed class WatchCapacity(int maxWatchers, long maxBytes)
{
    private int _watchers;
    private long _bytes;
    private long _fallenBehind;

    /// <summary>The most watches.</summary>
    public int MaxWatchers => maxWatchers;

    /// <summary>Watches that have ended because their clients were too slow.</summary>
    public long FallenBehind => Interlocked.Read(ref _fallenBehind);

    /// <summary>Counts a watch in; false where there are as many as may be.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _watchers) <= maxWatchers)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Counts a watch out.</summary>
    public void Leave() => Interlocked.Decrement(ref _watchers);

    /// <summary>Counts a watch that ends because its client is too slow.</summary>
    public void CountFallenBehind() => Interlocked.Increment(ref _fallenBehind);

    /// <summary>Takes bytes for a long value; false where too many are taken.</summary>
    public bool TryHold(int bytes)
    {
        var held = Interlocked.Add(ref _bytes, bytes);
        if (held <= maxBytes || held == bytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Gives them back.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
