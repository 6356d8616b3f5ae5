using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace KvStore.Tests.Support;

/// <summary>A real Prometheus server with one target, which it scrapes five times a second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BetweenQueries = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(Process process, Uri address)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = address };
    }

    /// <summary>Starts it.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="folder">Where it may keep what it likes.</param>
    /// <param name="target">What it scrapes, as the job <c>kvstore</c>.</param>
    /// <param name="ruleFiles">The rules that it evaluates, as often.</param>
    public static async Task<PrometheusServer> StartAsync(string program, string folder, Uri target, params string[] ruleFiles)
    {
        var config = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $"""
            global:
              scrape_interval: 200ms
              scrape_timeout: 200ms
              evaluation_interval: 200ms
            rule_files: [{string.Join(", ", ruleFiles)}]
            scrape_configs:
              - job_name: kvstore
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

    /// <summary>Asks until the query has a result: the server is up, and has scraped. What is no number, as of a share of nothing, is none.</summary>
    /// <returns>The value of the first series that has one.</returns>
    public async Task<string> WaitForAsync(string query) =>
        (await TryWaitForAsync(query, Patience)).Should().NotBeNull("{0} has data", query).And.Subject!;

    /// <summary>Asks for as long as <paramref name="patience"/> lasts; null where there is no result by then.</summary>
    public async Task<string?> TryWaitForAsync(string query, TimeSpan patience)
    {
        using var end = new CancellationTokenSource(patience);
        while (true)
        {
            var value = await AskAsync(query);
            if (value is not null || end.IsCancellationRequested)
            {
                return value;
            }

            await Task.Delay(BetweenQueries, CancellationToken.None);
        }
    }

    /// <summary>Asks the API for something that is there when the server is up.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.ServiceUnavailable).Should().BeTrue("{0} answers {1}", path, text);
        answer.EnsureSuccessStatusCode();
        return JsonDocument.Parse(text).RootElement.GetProperty("data");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _client.Dispose();
    }

    private async Task<string?> AskAsync(string query)
    {
        try
        {
            var result = (await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}")).GetProperty("result");
            return result.EnumerateArray().Select(series => series.GetProperty("value")[1].GetString()).FirstOrDefault(value => value != "NaN");
        }
        catch (HttpRequestException exception) when (!_process.HasExited && exception.StatusCode is null or HttpStatusCode.ServiceUnavailable)
        {
            // It is not up yet.
            return null;
        }
    }
}
