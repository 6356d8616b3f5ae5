namespace KvStore.Core.Store;

/// <summary>Removes a store's expired keys in the background.</summary>
/// <remarks>Reads hide an expired key at once; the sweep gives back its memory and counts it.</remarks>
public static class ExpirySweep
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Sweeps <paramref name="store"/> every 100 milliseconds, until <paramref name="stop"/> is cancelled.</summary>
    public static async Task RunAsync(ShardedStore store, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                store.SweepExpired();
                await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OutOfMemoryException)
            {
                // The host would stop with its sweep, and take every key with it. To sleep needs no memory, as a delay does.
                Thread.Sleep(Interval);
            }
        }
    }
}
