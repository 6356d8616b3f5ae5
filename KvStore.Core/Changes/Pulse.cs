namespace KvStore.Core.Changes;

/// <summary>Something that happens again and again, and that any number of tasks may wait for.</summary>
/// <remarks>Who lets it happen pays for a wake-up only where someone waits. Safe for any number of threads.</remarks>
internal sealed class Pulse
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;
    private bool _isAwaited;

    /// <summary>Completes when it next happens. Who waits asks for this first, then looks whether what it waits for is there already.</summary>
    public Task Next()
    {
        Task next;
        lock (_gate)
        {
            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            next = _next.Task;
            _isAwaited = true;
        }

        // Either who waits sees what has happened, or who lets it happen sees who waits.
        Interlocked.MemoryBarrier();
        return next;
    }

    /// <summary>Lets it happen. What it tells of must have been written before, with a full fence.</summary>
    public void Happen()
    {
        if (_isAwaited)
        {
            Wake();
        }
    }

    private void Wake()
    {
        TaskCompletionSource? next;
        lock (_gate)
        {
            next = _next;
            _next = null;
            _isAwaited = false;
        }

        next?.TrySetResult();
    }
}
