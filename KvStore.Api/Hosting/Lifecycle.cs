namespace KvStore.Api.Hosting;

/// <summary>Where the process is between its start and its end. Moves forward only.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class Lifecycle
{
    private volatile LifecycleStage _stage;

    /// <summary>The stage now.</summary>
    public LifecycleStage Stage => _stage;

    /// <summary>Whether clients are to move to another node.</summary>
    public bool IsDraining => _stage == LifecycleStage.Draining;

    /// <summary>Says that requests are served.</summary>
    public void MarkReady()
    {
        if (_stage == LifecycleStage.Starting)
        {
            _stage = LifecycleStage.Ready;
        }
    }

    /// <summary>Says that the process is going to stop.</summary>
    public void MarkDraining() => _stage = LifecycleStage.Draining;
}

/// <summary>The stages of the process.</summary>
internal enum LifecycleStage
{
    /// <summary>Not everything is in place yet.</summary>
    Starting,

    /// <summary>Requests are served.</summary>
    Ready,

    /// <summary>Requests are still served, but the process is about to stop.</summary>
    Draining,
}
