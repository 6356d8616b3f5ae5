namespace KvStore.Tests.Soak.Rollout;

/// <summary>What Kubernetes does between the readiness probe and the load balancer: a pod that is ready gets requests, and one that is not gets no more.</summary>
internal sealed class Endpoints(LoadBalancer balancer) : IAsyncDisposable
{
    private static readonly TimeSpan ProbePeriod = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Dictionary<Pod, TaskCompletionSource> _pods = [];
    private readonly CancellationTokenSource _stop = new();
    private HashSet<Pod> _used = [];
    private Task _probing = Task.CompletedTask;

    /// <summary>Begins to look at the pods.</summary>
    public void Start() => _probing = ProbeAsync();

    /// <summary>Takes a pod in.</summary>
    /// <returns>Ends when it gets requests.</returns>
    public Task AddAsync(Pod pod)
    {
        var used = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _pods.Add(pod, used);
        }

        return Task.WhenAny(used.Task, _probing).Unwrap();
    }

    /// <summary>Forgets a pod that has ended.</summary>
    public void Remove(Pod pod)
    {
        lock (_lock)
        {
            _pods.Remove(pod);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _probing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ProbeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            KeyValuePair<Pod, TaskCompletionSource>[] pods;
            lock (_lock)
            {
                pods = [.. _pods];
            }

            var answers = await Task.WhenAll(pods.Select(async pod => (pod.Key, pod.Value, IsReady: await pod.Key.IsReadyAsync())));
            var ready = answers.Where(answer => answer.IsReady).ToArray();
            await UseAsync([.. ready.Select(answer => answer.Key)]);
            foreach (var (_, used, _) in ready)
            {
                used.TrySetResult();
            }

            await Task.Delay(ProbePeriod);
        }
    }

    private async Task UseAsync(HashSet<Pod> ready)
    {
        if (!ready.SetEquals(_used))
        {
            await balancer.UseAsync(ready);
            _used = ready;
        }
    }
}
