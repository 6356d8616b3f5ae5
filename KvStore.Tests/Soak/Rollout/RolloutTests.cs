using System.Globalization;
using KvStore.Grpc.KeyValue;
using KvStore.Tests.Support;
using Xunit.Abstractions;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>
/// Pods that are replaced one after another behind nginx, under load. Longer, by environment variables: <c>KVSTORE_ROLLOUT_REPLACEMENTS</c>, and
/// <c>KVSTORE_ROLLOUT_REPORT</c> for a file that is told of each; <c>bench/rollout.sh</c> sets them.
/// </summary>
[Collection(nameof(Alone))]
public sealed class RolloutTests(ITestOutputHelper output)
{
    private const int RequestsOfReplacement = 5_000;
    private static readonly int Replacements = int.Parse(Setting("REPLACEMENTS") ?? "3", CultureInfo.InvariantCulture);

    [SkippableFact]
    public Task A_rollout_with_a_surge_drops_no_request_and_tells_every_watcher() => RunAsync(folder: null);

    [SkippableFact]
    public async Task Stores_that_come_back_drop_no_request_of_the_others_and_every_watcher_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        var run = await RunAsync(folder.Path);

        run.Resumed.Should().Be(Replacements * RolloutRun.WatchersOfPod);
    }

    [SkippableFact]
    public async Task Through_a_proxy_that_connects_for_each_call_all_are_answered_while_a_pod_drains()
    {
        const int Callers = 32, Calls = 250;
        var (port, grpcPort) = (FreePort.Take(), FreePort.Take());
        await using var balancer = new LoadBalancer(LoadBalancer.SkipUnlessInstalled(), port, grpcPort);
        await balancer.StartedAsync();
        await using var pod = await Pod.StartAsync(1, port, grpcPort, ("KvStore__Lifecycle__DrainSeconds", "300"));
        await balancer.UseAsync([pod]);
        using var client = new GrpcClient(balancer.GrpcAddress);

        pod.Terminate();
        await Until.IsTrueAsync(async () => !await pod.IsReadyAsync());
        var call = () => Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var i = 0; i < Calls; i++)
            {
                await client.Store.SetAsync(new SetRequest { Key = "k", Value = "v" });
            }
        }));

        await call.Should().NotThrowAsync();
        balancer.Errors.Should().BeEmpty();
        pod.Terminate();
    }

    private async Task<RolloutRun> RunAsync(string? folder)
    {
        var (nginx, wrk) = (LoadBalancer.SkipUnlessInstalled(), RequiredTool.SkipUnless("wrk"));
        var requests = Replacements * RequestsOfReplacement;
        Report($"{(folder is null ? "In memory, a new pod before the old one ends" : "On a directory, the same pod again")}: {Replacements} replacements");
        await using var run = new RolloutRun(nginx, wrk, folder);

        var counts = await run.RunAsync(Replacements, requests, Report);

        Report($"{counts}; {run.Watchers} watchers resumed {run.Resumed} times, {run.Events} events, lost 0");
        counts.Failed.Should().Be(0, $"{counts}\n{string.Join('\n', run.BalancerErrors)}");
        (counts.Requests + counts.Calls).Should().BeGreaterThanOrEqualTo(requests);
        counts.Calls.Should().BePositive();
        run.BalancerErrors.Should().BeEmpty();
        run.ExitCodes.Should().HaveCount(Replacements).And.AllBeEquivalentTo(0);
        run.Events.Should().BePositive();
        run.Resumed.Should().BePositive();
        return run;
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable("KVSTORE_ROLLOUT_" + name) is { Length: > 0 } value ? value : null;

    /// <summary>Tells of the run, and where a file is given also before the end.</summary>
    private void Report(string line)
    {
        output.WriteLine(line);
        if (Setting("REPORT") is { } file)
        {
            File.AppendAllText(file, line + "\n");
        }
    }
}
