namespace KvStore.Core.Watching;

/// <summary>Follows the changes of the keys that match a filter. To be disposed of.</summary>
/// <remarks>Each matching change is read exactly once, in revision order. For one reader at a time.</remarks>
public interface IWatcher : IDisposable
{
    /// <summary>The revision that this has read up to: whoever goes on after it misses no change and sees none twice.</summary>
    long Revision { get; }

    /// <summary>Reads the next change, if there is one by now.</summary>
    /// <param name="change">The change; good until the next call of any method.</param>
    WatchReading TryRead(out WatchedChange change);

    /// <summary>Gives the memory of the change read last back: who has used it may wait long before the next.</summary>
    void Forget();

    /// <summary>Waits until there may be a change, or the end. The memory of the change read last is given back.</summary>
    ValueTask WaitAsync(CancellationToken cancellationToken);

    /// <summary>Waits as the other does, but no longer than <paramref name="timeout"/>.</summary>
    /// <returns>False where the time was up.</returns>
    ValueTask<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken);
}

/// <summary>What a watcher finds.</summary>
public enum WatchReading
{
    /// <summary>A change.</summary>
    Change,

    /// <summary>Nothing yet.</summary>
    Nothing,

    /// <summary>The reader is so far behind that changes are about to leave the log, or have left it: it has to begin anew.</summary>
    FellBehind,

    /// <summary>The store is going away.</summary>
    Draining,
}
