namespace KvStore.Core.Store;

/// <summary>Sweeps a store's expired keys in the background, from its creation until it is disposed.</summary>
/// <remarks>Reads hide an expired key at once; the sweep gives back its memory and counts it.</remarks>
public sealed class ExpirySweeper : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly PeriodicTimer _timer;
    private readonly Task _loop;

    /// <summary>Starts to sweep <paramref name="store"/>.</summary>
    public ExpirySweeper(ShardedStore store)
    {
        _timer = new PeriodicTimer(Interval);
        _loop = RunAsync(store);
    }

    /// <summary>Stops the sweep and waits for its last round.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _loop;
    }

    private async Task RunAsync(ShardedStore store)
    {
        while (await _timer.WaitForNextTickAsync())
        {
            store.SweepExpired();
        }
    }
}
