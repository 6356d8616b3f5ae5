namespace KvStore.Grpc.Client;

/// <summary>Says when a call has to end: when its caller gives it up, or its deadline passes.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class CallClock : IDisposable
{
    // What a timer can wait for.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(49);

    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource _stop;

    public CallClock(in CallOptions options)
    {
        if (options.Deadline is not { } deadline)
        {
            _stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
            return;
        }

        var left = deadline.ToUniversalTime() - DateTime.UtcNow;
        Left = left < TimeSpan.Zero ? TimeSpan.Zero : left;
        _deadline = new CancellationTokenSource();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken, _deadline.Token);
        if (left <= TimeSpan.Zero)
        {
            _deadline.Cancel();
        }
        else
        {
            _deadline.CancelAfter(left < LongestWait ? left : LongestWait);
        }
    }

    /// <summary>How long the call may take, from its beginning; null where it has no deadline.</summary>
    public TimeSpan? Left { get; }

    public bool IsPastDeadline => _deadline is { IsCancellationRequested: true };

    /// <summary>Cancelled when the call has to end.</summary>
    public CancellationToken Token => _stop.Token;

    public bool IsStopped => _stop.IsCancellationRequested;

    /// <summary>Gives the call up.</summary>
    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    public void Dispose()
    {
        _stop.Dispose();
        _deadline?.Dispose();
    }
}
