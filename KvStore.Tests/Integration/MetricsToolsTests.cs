using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>The programs that metrics are for have nothing to say against them.</summary>
public sealed class MetricsToolsTests
{
    [SkippableFact]
    public async Task Promtool_has_nothing_to_say()
    {
        using var folder = new TemporaryFolder();
        await using var service = DurableService.In(folder.At("store"));
        using var client = new HttpClient { BaseAddress = service.Address };
        await Until.IsTrueAsync(async () => (await client.GetAsync(new Uri("/ready", UriKind.Relative))).IsSuccessStatusCode);
        await client.PostAsync(new Uri("/admin/snapshot", UriKind.Relative), content: null);
        await client.PutAsync(new Uri("/kv/a", UriKind.Relative), new StringContent("1"));
        await client.GetAsync(new Uri("/nothing", UriKind.Relative));
        await MetricsScrape.UntilAsync(client, scrape => scrape["""http_requests_received_total{method="GET",code="404",endpoint="unmatched"}"""] == 1);

        var run = await Promtool.RunAsync(["check", "metrics"], await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

        run.Said.Should().BeEmpty();
        run.ExitCode.Should().Be(0);
    }

    [SkippableFact]
    public async Task A_prometheus_server_scrapes_the_service()
    {
        var program = RequiredTool.SkipUnless("prometheus");
        await using var service = new ServiceFactory();
        using var client = new HttpClient { BaseAddress = service.Address };
        await client.PutAsync(new Uri("/kv/a", UriKind.Relative), new StringContent("1"));
        var folder = Directory.CreateTempSubdirectory("kvstore-prometheus-");
        try
        {
            await using var server = await PrometheusServer.StartAsync(program, folder.FullName, service.Address);

            (await server.WaitForAsync("kvstore_keys")).Should().Be("1");
            (await server.WaitForAsync("up")).Should().Be("1");
            (await server.WaitForAsync("""http_requests_received_total{method="PUT",code="201",endpoint="/kv/{key}"}""")).Should().Be("1");
            (await server.WaitForAsync("""http_server_request_duration_seconds_bucket{http_route="/kv/{key}",le="+Inf"}""")).Should().Be("1");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
