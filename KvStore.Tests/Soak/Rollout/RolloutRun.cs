using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>Three pods behind a load balancer, each replaced in turn under load.</summary>
internal sealed class RolloutRun : IAsyncDisposable
{
    /// <summary>How many watchers there are for each pod.</summary>
    public const int WatchersOfPod = 2;

    private const int Pods = 3;

    private readonly string _wrk;
    private readonly string? _folder;
    private readonly LoadBalancer _balancer;
    private readonly Endpoints _endpoints;
    private readonly List<RolloutWatcher> _watchers = [];
    private readonly Pod?[] _pods = new Pod?[Pods];
    private readonly (int Http, int Grpc) _ports = (FreePort.Take(), FreePort.Take());
    private int _started;

    /// <summary>Starts the load balancer.</summary>
    /// <param name="nginx">Its program.</param>
    /// <param name="wrk">The load's program.</param>
    /// <param name="folder">Where the pods keep their stores; null = in memory.</param>
    public RolloutRun(string nginx, string wrk, string? folder)
    {
        (_wrk, _folder) = (wrk, folder);
        _balancer = new LoadBalancer(nginx, _ports.Http, _ports.Grpc);
        _endpoints = new Endpoints(_balancer);
    }

    /// <summary>The exit codes of the pods that were replaced.</summary>
    public List<int> ExitCodes { get; } = [];

    /// <summary>What the load balancer had to complain of.</summary>
    public IEnumerable<string> BalancerErrors => _balancer.Errors;

    public long Events => _watchers.Sum(watcher => watcher.Events);

    public int Resumed => _watchers.Sum(watcher => watcher.Resumed);

    public int Watchers => _watchers.Count;

    /// <summary>Replaces pods under load.</summary>
    /// <param name="replacements">How many times.</param>
    /// <param name="requests">How many requests are to be made at least.</param>
    /// <param name="report">Is told of each.</param>
    public async Task<RolloutCounts> RunAsync(int replacements, long requests, Action<string> report)
    {
        await _balancer.StartedAsync();
        _endpoints.Start();
        for (var i = 0; i < Pods; i++)
        {
            _pods[i] = await StartAsync(i);
        }

        await using var load = RolloutLoad.Start(_wrk, _balancer.Address, _balancer.GrpcAddress);
        var watching = Watch();
        await Until.IsTrueAsync(() => Task.FromResult(watching.IsCompleted || _watchers.TrueForAll(watcher => watcher.HistoryId is not null)));
        for (var i = 0; i < replacements; i++)
        {
            await ReplaceAsync(i % Pods);
            report($"replacement {i + 1}: exit code {ExitCodes[^1]}, {await _balancer.RequestsAsync()} requests so far");
        }

        await Until.IsTrueAsync(async () => await _balancer.RequestsAsync() >= requests);
        var counts = await load.StopAsync();
        await EndWatchesAsync(watching);
        return counts;
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoints.DisposeAsync();
        await _balancer.DisposeAsync();
        foreach (var pod in _pods.OfType<Pod>())
        {
            await pod.DisposeAsync();
        }
    }

    /// <summary>In memory as a Deployment with a surge does it; and kept on a volume, which only one process may have, as a StatefulSet.</summary>
    private async Task ReplaceAsync(int index)
    {
        var old = _pods[index]!;
        if (_folder is null)
        {
            _pods[index] = await StartAsync(index);
            await EndAsync(old);
        }
        else
        {
            await EndAsync(old);
            _pods[index] = await StartAsync(index);
        }
    }

    private async Task EndAsync(Pod pod)
    {
        ExitCodes.Add(await pod.EndAsync());
        _endpoints.Remove(pod);
        await pod.DisposeAsync();
    }

    /// <summary>Starts a pod, and waits until it gets requests.</summary>
    private async Task<Pod> StartAsync(int index)
    {
        // A new pod has a new address; one of a StatefulSet keeps its name, which its address stands for here.
        var number = _folder is null ? ++_started : index + 1;
        (string, string)[] settings = [("KvStore__Lifecycle__DrainSeconds", "5")];
        var pod = await Pod.StartAsync(
            number, _ports.Http, _ports.Grpc, _folder is null ? settings : [.. settings, ("DATA_DIR", Path.Combine(_folder, $"pod-{index}"))]);
        await _endpoints.AddAsync(pod);
        return pod;
    }

    /// <summary>Begins the watches: through the load balancer, or on each of the pods that come back.</summary>
    private Task Watch()
    {
        for (var i = 0; i < Pods * WatchersOfPod; i++)
        {
            var address = _pods[i % Pods]!.Address;
            _watchers.Add(_folder is null ? new RolloutWatcher(() => _balancer.Address, goesOn: false) : new RolloutWatcher(() => address, goesOn: true));
        }

        return Task.WhenAll(_watchers.Select(watcher => watcher.RunAsync()));
    }

    private async Task EndWatchesAsync(Task watching)
    {
        var histories = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pod in _pods)
        {
            histories.Add((await pod!.ReadyAsync())!.Value.HistoryId);
        }

        await Until.IsTrueAsync(() => Task.FromResult(watching.IsCompleted || _watchers.TrueForAll(watcher => watcher.HistoryId is { } id && histories.Contains(id))));
        foreach (var pod in _pods)
        {
            using var client = new ServiceClient(pod!.Address);
            (await client.PutAsync($"/kv/{RolloutWatcher.EndKey}", "")).Status.Should().Be(201);
        }

        await watching;
    }
}
