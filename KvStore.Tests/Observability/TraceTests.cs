using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using GetRequest = KvStore.Grpc.BigTableLite.GetRequest;
using GetResponse = KvStore.Grpc.BigTableLite.GetResponse;

namespace KvStore.Tests.Observability;

/// <summary>The spans that a collector gets.</summary>
public sealed class TraceTests : IAsyncLifetime, IDisposable
{
    private const int Server = 2, Error = 2;
    private const string Trace = "0af7651916cd43dd8448eb211c80319c", Parent = "b7ad6b7169203331";

    private OtlpReceiver _receiver = null!;
    private ServiceProcess? _service;
    private HttpClient? _http;

    public async Task InitializeAsync() => _receiver = await OtlpReceiver.StartAsync();

    public async Task DisposeAsync()
    {
        if (_service is { } service)
        {
            await service.DisposeAsync();
        }

        await _receiver.DisposeAsync();
    }

    public void Dispose() => _http?.Dispose();

    [Fact]
    public async Task A_request_is_one_span_of_the_clients_trace_with_the_attributes_of_the_conventions()
    {
        await StartAsync();
        await SendAsync("GET", "/get/a", $"00-{Trace}-{Parent}-01");

        var span = await LastSpanAsync("GET /get/{key}");

        _receiver.Spans.Should().HaveCount(2, "this one, and the one that was waited for");
        (span.Kind, span.TraceId, span.ParentId, span.Status).Should().Be((Server, Trace, Parent, 0));
        span.Attributes.Should().Equal(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["http.request.method"] = "GET",
            ["http.response.status_code"] = "404",
            ["http.route"] = "/get/{key}",
            ["url.scheme"] = "http",
            ["server.address"] = "127.0.0.1",
            ["server.port"] = $"{_service!.Address.Port}",
        });
    }

    [Fact]
    public async Task What_the_service_fails_is_an_error_and_what_the_client_did_wrong_is_none()
    {
        await StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        await SendAsync("GET", "/nothing");
        await SendAsync("BREW", "/get/a");
        _service!.Terminate();
        await Until.IsTrueAsync(async () => (int)(await SendAsync("GET", "/ready")).StatusCode == 503);
        await SendAsync("GET", "/watch");

        var failed = await LastSpanAsync("GET /watch");

        (failed.Status, failed.Attributes["http.response.status_code"], failed.Attributes["error.type"]).Should().Be((Error, "503", "503"));
        var others = _receiver.Spans.Where(span => span.Name is "GET unmatched" or "_OTHER unmatched").ToList();
        others.Should().HaveCount(2).And.AllSatisfy(span => span.Status.Should().Be(0));
        others.Should().NotContain(span => span.Attributes.ContainsKey("error.type"));
    }

    [Fact]
    public async Task A_call_is_one_span_with_service_method_and_code()
    {
        await StartAsync();
        using var client = new GrpcClient(_service!.GrpcAddress);
        await client.SetAsync("a", "1");
        await client.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest { Key = "a" });
        await GrpcFailure.OfAsync(client.Store.SetAsync(new KvStore.Grpc.KeyValue.SetRequest { Key = "" }, GrpcClient.Patiently));
        using (var raw = new RawGrpc(_service.GrpcAddress))
        {
            await raw.SendAsync("/kvstore.KeyValueStore/Brew", []);
            await raw.SendAsync("/not-a-call", [], "content-type: text/plain");
        }

        await LastSpanAsync("POST unmatched");

        Calls().Should().BeEquivalentTo(
        [
            ("kvstore.KeyValueStore/Set", "0", 0, ""),
            ("bigtablelite.BigTableLite/Get", "0", 0, ""),
            ("kvstore.KeyValueStore/Set", "3", 0, ""),
            ("unmatched", "12", Error, "UNIMPLEMENTED"),
        ]);
        _receiver.Spans.First(span => span.Name == "bigtablelite.BigTableLite/Get").Attributes.Should().Equal(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["rpc.system"] = "grpc",
            ["rpc.service"] = "bigtablelite.BigTableLite",
            ["rpc.method"] = "Get",
            ["rpc.grpc.status_code"] = "0",
            ["server.address"] = "127.0.0.1",
            ["server.port"] = $"{_service.GrpcAddress.Port}",
        });
    }

    [Fact]
    public async Task A_stream_is_one_span_too_which_ends_when_it_does()
    {
        await StartAsync();
        using var client = new GrpcClient(_service!.GrpcAddress);
        using (await client.SubscribeAsync(new SubscribeRequest { AllKeys = true }))
        using (await WatchStream.OpenAsync(_service.Address))
        {
            await client.SetAsync("a", "1");
            await _receiver.WaitForSpanAsync("kvstore.KeyValueStore/Set");
            _receiver.Spans.Should().ContainSingle("neither stream has ended");
        }

        await _receiver.WaitForSpanAsync("kvstore.KeyValueStore/Subscribe");
        (await _receiver.WaitForSpanAsync("GET /watch")).Attributes["http.response.status_code"].Should().Be("200");
        Calls().Should().Contain(("kvstore.KeyValueStore/Subscribe", $"{(int)StatusCode.Cancelled}", 0, ""));
    }

    [Fact]
    public async Task Probes_and_scrapes_make_no_spans()
    {
        await StartAsync();
        foreach (var path in (string[])["/health", "/health/live", "/livez", "/healthz", "/ready", "/health/ready", "/readyz", "/metrics"])
        {
            (await SendAsync("GET", path)).EnsureSuccessStatusCode();
        }

        using var client = new GrpcClient(_service!.GrpcAddress);
        await client.CheckHealthAsync();
        await client.SetAsync("a", "1");
        await _receiver.WaitForSpanAsync("kvstore.KeyValueStore/Set");

        await LastSpanAsync("GET /count");

        _receiver.Spans.Select(span => span.Name).Should().BeEquivalentTo("kvstore.KeyValueStore/Set", "GET /count");
    }

    [Fact]
    public async Task No_key_and_no_value_leaves_with_a_span()
    {
        await StartAsync();
        await SendAsync("PUT", "/kv/secret", body: "secret");
        await SendAsync("GET", "/get?key=secret");
        await SendAsync("GET", "/search?prefix=secret");
        await SendAsync("GET", "/secret");
        using var client = new GrpcClient(_service!.GrpcAddress);
        await client.SetAsync("secret", "secret");
        await _receiver.WaitForSpanAsync("kvstore.KeyValueStore/Set");

        await LastSpanAsync("GET unmatched");

        _receiver.Text.Should().Contain("PUT /kv/{key}").And.NotContain("secret");
    }

    [Theory]
    [InlineData("parentbased_always_off", "", "", false)]
    [InlineData("parentbased_always_off", "", "01", true)]
    [InlineData("parentbased_traceidratio", "0", "", false)]
    [InlineData("parentbased_traceidratio", "1", "", true)]
    [InlineData("always_off", "", "01", false)]
    [InlineData("", "", "", true)]
    [InlineData("", "", "00", false)]
    public async Task The_standard_variables_choose_what_is_sampled(string sampler, string argument, string parent, bool isSampled)
    {
        await StartAsync("", ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument));
        await SendAsync("GET", "/count", parent.Length == 0 ? null : $"00-{Trace}-{Parent}-{parent}");

        // At its end a service sends what is left.
        _service!.Terminate();
        (await _service.WaitForExitAsync()).Should().Be(0);

        _receiver.Spans.Should().HaveCount(isSampled ? 1 : 0);
    }

    private async Task StartAsync(string arguments = "", params (string Name, string Value)[] environment)
    {
        _service = await ServiceProcess.StartAsync(
            arguments,
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", _receiver.Address),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "100"),
                .. environment,
            ]);

        // On one connection a request begins when the one before it has ended.
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1, ActivityHeadersPropagator = null }) { BaseAddress = _service.Address };
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string target, string? traceParent = null, string? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), target) { Content = body is null ? null : new StringContent(body) };
        request.Headers.Add("traceparent", traceParent);
        return await _http!.SendAsync(request);
    }

    /// <summary>Waits until every span before now has come; then finds one.</summary>
    private async Task<OtlpSpan> LastSpanAsync(string name)
    {
        await SendAsync("GET", "/count");
        await _receiver.WaitForSpanAsync("GET /count");
        return await _receiver.WaitForSpanAsync(name);
    }

    private IEnumerable<(string Name, string Code, int Status, string Error)> Calls() => _receiver.Spans
        .Where(span => span.Attributes.ContainsKey("rpc.system"))
        .Select(span => (span.Name, span.Attributes["rpc.grpc.status_code"], span.Status, span.Attributes.GetValueOrDefault("error.type", "")));
}
