using System.Diagnostics;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>The programs that metrics are for have nothing to say against them.</summary>
public sealed class MetricsToolsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenQueries = TimeSpan.FromMilliseconds(100);

    [SkippableFact]
    public async Task Promtool_has_nothing_to_say()
    {
        var promtool = RequiredTool.SkipUnless("promtool");
        using var folder = new TemporaryFolder();
        await using var service = DurableService.In(folder.At("store"));
        using var client = new HttpClient { BaseAddress = service.Address };
        await Until.IsTrueAsync(async () => (await client.GetAsync(new Uri("/ready", UriKind.Relative))).IsSuccessStatusCode);
        await client.PostAsync(new Uri("/admin/snapshot", UriKind.Relative), content: null);
        await client.PutAsync(new Uri("/kv/a", UriKind.Relative), new StringContent("1"));
        await client.GetAsync(new Uri("/nothing", UriKind.Relative));
        await MetricsScrape.UntilAsync(client, scrape => scrape["""http_requests_received_total{method="GET",code="404",endpoint="unmatched"}"""] == 1);

        using var process = Process.Start(new ProcessStartInfo(promtool, "check metrics")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        process.StandardInput.Close();
        var output = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();

        output.Should().AllBe("");
        process.ExitCode.Should().Be(0);
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

    /// <summary>A real Prometheus server with one target.</summary>
    private sealed class PrometheusServer : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly HttpClient _client;

        private PrometheusServer(Process process, Uri address)
        {
            _process = process;
            _client = new HttpClient { BaseAddress = address };
        }

        public static async Task<PrometheusServer> StartAsync(string program, string folder, Uri target)
        {
            var config = Path.Combine(folder, "prometheus.yml");
            await File.WriteAllTextAsync(config, $"""
                scrape_configs:
                  - job_name: kvstore
                    scrape_interval: 200ms
                    scrape_timeout: 200ms
                    static_configs:
                      - targets: ["{target.Authority}"]
                """);
            var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
            var start = new ProcessStartInfo(program,
            [
                $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                $"--web.listen-address={address.Authority}", "--log.level=error",
            ]);
            return new PrometheusServer(Process.Start(start)!, address);
        }

        /// <summary>Asks until the query has a result: the server is up, and has scraped.</summary>
        public async Task<string> WaitForAsync(string query)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                if (await AskAsync(query, patience.Token) is { } value)
                {
                    return value;
                }

                await Task.Delay(BetweenQueries, patience.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            _client.Dispose();
        }

        private async Task<string?> AskAsync(string query, CancellationToken stop)
        {
            try
            {
                using var answer = JsonDocument.Parse(await _client.GetStringAsync(
                    new Uri($"/api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), stop));
                var result = answer.RootElement.GetProperty("data").GetProperty("result");
                return result.GetArrayLength() == 0 ? null : result[0].GetProperty("value")[1].GetString();
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                return null;
            }
        }
    }
}
