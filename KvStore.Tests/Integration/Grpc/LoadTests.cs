using System.Text.RegularExpressions;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Many calls at once by h2load, which reuses connections and streams as busy clients do.</summary>
public sealed partial class LoadTests
{
    private const int Calls = 20_000;

    [SkippableFact]
    public async Task Every_call_is_answered_and_counted_once()
    {
        await using var service = await ServiceProcess.StartAsync();
        using var metrics = new HttpClient { BaseAddress = service.Address };

        await LoadAsync(service.GrpcAddress);

        await MetricsScrape.UntilAsync(
            metrics, scrape => scrape["""grpc_server_handled_total{grpc_code="OK",grpc_method="Get",grpc_service="bigtablelite.BigTableLite"}"""] == Calls);
    }

    [SkippableFact]
    public async Task A_call_allocates_little()
    {
        // A debug build takes 1,400 of them, as each of its asynchronous methods is an object; a release takes 440.
        const int MaxBytes = 2_048;
        await using var service = await ServiceProcess.StartAsync();
        using var metrics = new HttpClient { BaseAddress = service.Address };
        await LoadAsync(service.GrpcAddress);

        var before = await AllocatedAsync(metrics);
        await LoadAsync(service.GrpcAddress);

        ((await AllocatedAsync(metrics) - before) / Calls).Should().BeInRange(1, MaxBytes);
    }

    private static async Task LoadAsync(Uri server)
    {
        var h2load = RequiredTool.SkipUnless("h2load");
        using var folder = new TemporaryFolder();
        using var client = new GrpcClient(server);
        await client.SetAsync("a", "found");
        await File.WriteAllBytesAsync(folder.At("request"), GrpcCalls.GetOf("a"));

        var run = await ProgramRun.ToEndAsync(
            h2load,
            [
                "-n", $"{Calls}", "-c", "8", "-m", "64", "-d", folder.At("request"), "-H", "content-type: application/grpc", "-H", "te: trailers",
                $"{server}{GrpcCalls.Get[1..]}",
            ]);

        run.ExitCode.Should().Be(0, run.Said);
        Outcome().Match(run.Output).Value.Should().Be($"{Calls} succeeded, 0 failed, 0 errored, 0 timeout");
    }

    private static async Task<double> AllocatedAsync(HttpClient metrics) =>
        (await MetricsScrape.TakeAsync(metrics))["dotnet_gc_allocated_bytes_total"]!.Value;

    [GeneratedRegex(@"\d+ succeeded, .*")]
    private static partial Regex Outcome();
}
