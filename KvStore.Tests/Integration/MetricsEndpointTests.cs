using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using KvStore.Grpc.BigTableLite;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed partial class MetricsEndpointTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly HttpClient _client;

    public MetricsEndpointTests() => _client = new HttpClient { BaseAddress = _service.Address };

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Both_dialects_tell_the_same_of_every_request()
    {
        await SendAsync("PUT", "/kv/a", "1");
        await SendAsync("GET", "/get/a");
        await SendAsync("GET", "/get/a%2Fb");
        await SendAsync("GET", "/kv/a");
        await SendAsync("GET", "/search?prefix=a");
        await SendAsync("GET", "/nothing");
        await SendAsync("DELETE", "/get/a");

        var scrape = await MetricsScrape.UntilAsync(_client, scrape => Requests(scrape).Count(series => !series.Contains("/metrics", StringComparison.Ordinal)) == 7);

        Requests(scrape).Should().Contain(
        [
            Labels("PUT", 201, "/kv/{key}"),
            Labels("GET", 200, "/get/{key}"),
            Labels("GET", 404, "/get/{key}"),
            Labels("GET", 200, "/kv/{key}"),
            Labels("GET", 200, "/search"),
            Labels("GET", 404, "unmatched"),
            Labels("DELETE", 405, "unmatched"),
        ]);
        foreach (var labels in Requests(scrape))
        {
            var openTelemetryLabels = $"http_request_{labels}"
                .Replace(",code=", ",http_response_status_code=", StringComparison.Ordinal)
                .Replace(",endpoint=", ",http_route=", StringComparison.Ordinal);
            foreach (var part in (string[])["_count{{{0}}}", "_sum{{{0}}}", "_bucket{{{0},le=\"0.0001\"}}", "_bucket{{{0},le=\"10\"}}", "_bucket{{{0},le=\"+Inf\"}}"])
            {
                var value = scrape["http_request_duration_seconds" + string.Format(null, part, labels)];
                value.Should().NotBeNull(part, labels);
                scrape["http_server_request_duration_seconds" + string.Format(null, part, openTelemetryLabels)].Should().Be(value);
            }

            scrape[$"http_request_duration_seconds_count{{{labels}}}"].Should().Be(scrape[$"http_requests_received_total{{{labels}}}"]);
            scrape[$"http_request_duration_seconds_bucket{{{labels},le=\"+Inf\"}}"].Should().Be(scrape[$"http_requests_received_total{{{labels}}}"]);
        }
    }

    [Fact]
    public async Task A_request_is_in_progress_until_it_is_answered()
    {
        const string prometheusNet = """http_requests_in_progress{method="PUT",endpoint="/kv/{key}"}""";
        const string openTelemetry = """http_server_active_requests{http_request_method="PUT",http_route="/kv/{key}"}""";
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, _service.Address.Port);
        await slow.GetStream().WriteAsync("PUT /kv/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na"u8.ToArray());

        var during = await MetricsScrape.UntilAsync(_client, scrape => scrape[prometheusNet] == 1);
        during[openTelemetry].Should().Be(1);

        await slow.GetStream().WriteAsync("b"u8.ToArray());
        var answer = new byte[12];
        await slow.GetStream().ReadExactlyAsync(answer);
        Encoding.ASCII.GetString(answer).Should().Be("HTTP/1.1 201");
        var after = await MetricsScrape.UntilAsync(_client, scrape => scrape[prometheusNet] is null);
        after[openTelemetry].Should().BeNull();
    }

    [Fact]
    public async Task The_store_is_described_by_gauges()
    {
        await SendAsync("PUT", "/kv/a", "123");
        await SendAsync("PUT", "/kv/b", "4567");
        await SendAsync("PUT", "/kv/b", "45");
        await SendAsync("PUT", "/kv/c?ttl=0.001", "x");

        var scrape = await MetricsScrape.UntilAsync(_client, scrape => scrape["kvstore_expired_keys_total"] == 1);

        scrape["kvstore_keys"].Should().Be(2);
        scrape["kvstore_value_bytes"].Should().Be(5);
        scrape["kvstore_revision"].Should().Be(5, "four writes and an expiry each take a revision");
    }

    [Fact]
    public async Task Process_and_runtime_have_the_names_that_dashboards_know()
    {
        var scrape = await MetricsScrape.TakeAsync(_client);

        foreach (var name in (string[])
            ["process_cpu_seconds_total", "process_working_set_bytes", "process_private_memory_bytes", "process_virtual_memory_bytes",
            "process_num_threads", "process_open_handles", "dotnet_collection_count_total{generation=\"0\"}",
            "dotnet_collection_count_total{generation=\"2\"}", "dotnet_total_memory_bytes", "dotnet_gc_pause_seconds_total",
            "dotnet_gc_allocated_bytes_total", "kestrel_active_connections"])
        {
            scrape[name].Should().BeGreaterThanOrEqualTo(0, name);
        }

        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var started = new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0;
        scrape["process_start_time_seconds"].Should().BeApproximately(started, precision: 1);
    }

    [Fact]
    public async Task Every_metric_is_in_the_documentation_and_every_documented_one_is_served()
    {
        await using var service = DurableService.On(new SimulatedDisk()).With("KvStore:Limits:MaxConnections", 1);
        using var client = new HttpClient { BaseAddress = service.Address };
        await Until.IsTrueAsync(async () => (await client.GetAsync("/ready")).IsSuccessStatusCode);
        (await client.GetAsync("/count")).EnsureSuccessStatusCode();
        (await client.PutAsync("/kv/b", new StringContent("1"))).EnsureSuccessStatusCode();
        (await client.PostAsync("/admin/snapshot", content: null)).EnsureSuccessStatusCode();
        using var grpc = new GrpcClient(service.GrpcAddress);
        await grpc.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest { Key = "a" });
        using var oneTooMany = new TcpClient();
        await oneTooMany.ConnectAsync(IPAddress.Loopback, service.Address.Port);
        await UntilClosedAsync(oneTooMany);
        var scrape = await MetricsScrape.UntilAsync(client, scrape => Requests(scrape).Contains(Labels("GET", 200, "/count"))
            && scrape["""bigtablelite_requests_total{method="Get",status="success"}"""] == 1);
        var served = scrape.Lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]);

        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"));
        var documented = DocumentedMetric().Matches(page).Select(match => match.Groups["name"].Value);

        documented.Should().OnlyHaveUniqueItems().And.BeEquivalentTo(served);
    }

    [Fact]
    public async Task Connections_are_counted_without_what_a_client_can_choose()
    {
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, _service.Address.Port);

        var scrape = await MetricsScrape.UntilAsync(_client, scrape => scrape["kestrel_active_connections"] == 2);

        scrape.Series.Should().ContainSingle(series => series.StartsWith("kestrel_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HEAD_has_the_headers_of_GET_and_no_body()
    {
        using var get = await SendAsync("GET", "/metrics");
        using var head = await SendAsync("HEAD", "/metrics");

        head.StatusCode.Should().Be(HttpStatusCode.OK);
        head.Content.Headers.ContentType.Should().Be(get.Content.Headers.ContentType);
        (await head.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        (await get.Content.ReadAsByteArrayAsync()).Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8", true)]
    [InlineData("*/*", "text/plain; version=0.0.4; charset=utf-8", false)]
    public async Task Accept_chooses_the_form(string accept, string contentType, bool endsInEof)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Accept", accept } } };
        using var response = await _client.SendAsync(request);

        response.Content.Headers.ContentType!.ToString().Should().Be(contentType);
        response.Headers.Vary.Should().Equal("Accept");
        (await response.Content.ReadAsStringAsync()).EndsWith("\n# EOF\n", StringComparison.Ordinal).Should().Be(endsInEof);
    }

    [Fact]
    public async Task Two_services_in_one_process_do_not_count_each_others_requests()
    {
        await using var other = new ServiceFactory();
        using var otherClient = new HttpClient { BaseAddress = other.Address };
        await otherClient.GetAsync(new Uri("/count", UriKind.Relative));
        await MetricsScrape.UntilAsync(otherClient, HasCount);

        (await MetricsScrape.TakeAsync(_client)).Series.Should().NotContain(series => series.Contains("\"/count\"", StringComparison.Ordinal));

        static bool HasCount(MetricsScrape scrape) => scrape["""http_requests_received_total{method="GET",code="200",endpoint="/count"}"""] == 1;
    }

    // A name in a table; the labels in the tables begin like names.
    [GeneratedRegex("(?<=^\\|[^\n]*)`(?<name>(http|grpc|bigtablelite|kestrel|kvstore|process|dotnet)_(?!request_method|response_status_code|route)[a-z_]+)`", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex DocumentedMetric();

    private static async Task UntilClosedAsync(TcpClient connection)
    {
        try
        {
            (await connection.GetStream().ReadAsync(new byte[1])).Should().Be(0);
        }
        catch (IOException)
        {
            // It was reset.
        }
    }

    private static string Labels(string method, int code, string endpoint) =>
        FormattableString.Invariant($"method=\"{method}\",code=\"{code}\",endpoint=\"{endpoint}\"");

    private static List<string> Requests(MetricsScrape scrape) =>
        [.. scrape.Series.Where(series => series.StartsWith("http_requests_received_total{", StringComparison.Ordinal))
            .Select(series => series["http_requests_received_total{".Length..^1])];

    private async Task<HttpResponseMessage> SendAsync(string method, string target, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        request.Content = body is null ? null : new StringContent(body);
        return await _client.SendAsync(request);
    }
}
