namespace KvStore.Api.Hosting;

/// <summary>Where the process is between its start and its end. Moves forward only.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class Lifecycle : IDisposable
{
    private readonly CancellationTokenSource _draining = new();
    private int _stage;

    /// <summary>The stage now.</summary>
    public LifecycleStage Stage => (LifecycleStage)Volatile.Read(ref _stage);

    /// <summary>Whether clients are to move to another node.</summary>
    public bool IsDraining => Stage == LifecycleStage.Draining;

    /// <summary>Cancelled, soon after, when they are.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Says that requests are served, but where the store is still being brought back.</summary>
    public void MarkReady() =>
        Interlocked.CompareExchange(ref _stage, (int)LifecycleStage.Ready, (int)LifecycleStage.Starting);

    /// <summary>Says that the store has to be brought back first.</summary>
    public void MarkRecovering() =>
        Interlocked.CompareExchange(ref _stage, (int)LifecycleStage.Recovering, (int)LifecycleStage.Starting);

    /// <summary>Says that this has been done: requests are served.</summary>
    public void MarkRecovered() =>
        Interlocked.CompareExchange(ref _stage, (int)LifecycleStage.Ready, (int)LifecycleStage.Recovering);

    /// <summary>Says that the process is going to stop.</summary>
    public void MarkDraining()
    {
        Volatile.Write(ref _stage, (int)LifecycleStage.Draining);

        // By another thread: whoever says so is not to do what all those do who hear it.
        _ = _draining.CancelAsync();
    }

    /// <inheritdoc />
    public void Dispose() => _draining.Dispose();
}

/// <summary>The stages of the process.</summary>
internal enum LifecycleStage
{
    /// <summary>Not everything is in place yet.</summary>
    Starting,

    /// <summary>The store is being brought back: health and metrics alone are served.</summary>
    Recovering,

    /// <summary>Requests are served.</summary>
    Ready,

    /// <summary>Requests are still served, but the process is about to stop.</summary>
    Draining,
}
