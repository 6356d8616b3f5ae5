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
        var h2load = RequiredTool.SkipUnless("h2load");
        using var folder = new TemporaryFolder();
        await using var service = new ServiceFactory();
        using var client = new GrpcClient(service.GrpcAddress);
        using var metrics = new HttpClient { BaseAddress = service.Address };
        await client.SetAsync("a", "found");
        await File.WriteAllBytesAsync(folder.At("request"), GrpcCalls.GetOf("a"));

        var run = await ProgramRun.ToEndAsync(
            h2load,
            [
                "-n", $"{Calls}", "-c", "8", "-m", "64", "-d", folder.At("request"), "-H", "content-type: application/grpc", "-H", "te: trailers",
                $"{service.GrpcAddress}{GrpcCalls.Get[1..]}",
            ]);

        run.ExitCode.Should().Be(0, run.Said);
        Outcome().Match(run.Output).Value.Should().Be($"{Calls} succeeded, 0 failed, 0 errored, 0 timeout");
        await MetricsScrape.UntilAsync(
            metrics, scrape => scrape["""grpc_server_handled_total{grpc_code="OK",grpc_method="Get",grpc_service="bigtablelite.BigTableLite"}"""] == Calls);
    }

    [GeneratedRegex(@"\d+ succeeded, .*")]
    private static partial Regex Outcome();
}
