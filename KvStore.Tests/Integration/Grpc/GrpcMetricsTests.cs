using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using StoreGetRequest = KvStore.Grpc.KeyValue.GetRequest;
using SubscribeRequest = KvStore.Grpc.KeyValue.SubscribeRequest;

namespace KvStore.Tests.Integration.Grpc;

public sealed class GrpcMetricsTests : IDisposable
{
    private const string Store = "kvstore.KeyValueStore";

    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;
    private readonly HttpClient _http;

    public GrpcMetricsTests()
    {
        _client = new GrpcClient(_service.GrpcAddress);
        _http = new HttpClient { BaseAddress = _service.Address };
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Calls_are_counted_by_service_method_and_code_and_timed()
    {
        await _client.SetAsync("a");
        await _client.SetAsync("b");
        await GrpcFailure.OfAsync(_client.Store.GetAsync(new StoreGetRequest()));

        var scrape = await MetricsScrape.UntilAsync(_http, scrape => scrape[Handled(Store, "Get", "INVALID_ARGUMENT")] == 1);

        scrape[Handled(Store, "Set", "OK")].Should().Be(2);
        scrape[$$"""grpc_server_handling_seconds_count{grpc_method="Set",grpc_service="{{Store}}"}"""].Should().Be(2);
        scrape[$$"""grpc_server_handling_seconds_bucket{grpc_method="Set",grpc_service="{{Store}}",le="+Inf"}"""].Should().Be(2);
        scrape.Series.Should().NotContain(series => series.StartsWith("http_", StringComparison.Ordinal) && series.Contains("kvstore", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_of_BigTableLite_have_the_names_that_its_dashboards_know_too()
    {
        await _client.BigTableLiteAsync<SetRequest, SetResponse>("Set", new SetRequest { Key = "a", Value = "v" });
        await _client.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest { Key = "none" });
        await FluentActions.Awaiting(() => _client.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest()))
            .Should().ThrowAsync<RpcException>();

        var scrape = await MetricsScrape.UntilAsync(_http, scrape => scrape["""bigtablelite_requests_total{method="Get",status="error"}"""] == 1);

        scrape["""bigtablelite_requests_total{method="Set",status="success"}"""].Should().Be(1);
        scrape["""bigtablelite_requests_total{method="Get",status="success"}"""].Should().Be(1, "a key that is not there is no error");
        scrape["""bigtablelite_request_duration_seconds_count{method="Get"}"""].Should().Be(2);
        scrape[Handled("bigtablelite.BigTableLite", "Get", "OK")].Should().Be(1);
    }

    [Fact]
    public async Task A_stream_is_counted_when_it_ends_and_is_a_watcher_until_then()
    {
        using (await _client.SubscribeAsync(new SubscribeRequest { AllKeys = true }))
        {
            var open = await MetricsScrape.UntilAsync(_http, scrape => scrape["kvstore_watchers"] == 1);
            open.Series.Should().NotContain(series => series.Contains("\"Subscribe\"", StringComparison.Ordinal));
        }

        // One scrape reads them one after the other, and the call may end in between.
        await MetricsScrape.UntilAsync(
            _http, scrape => scrape[Handled(Store, "Subscribe", "CANCELLED")] == 1 && scrape["kvstore_watchers"] == 0);
    }

    [Fact]
    public async Task A_scanner_adds_no_series_but_one()
    {
        using var raw = new RawGrpc(_service.GrpcAddress);
        for (var i = 0; i < 100; i++)
        {
            await raw.SendAsync($"/scan.S{i}/M{i}", []);
            await raw.SendAsync($"/{Store}/M{i}", []);
        }

        var scrape = await MetricsScrape.UntilAsync(_http, scrape => scrape[Handled("unmatched", "unmatched", "UNIMPLEMENTED")] == 200);

        scrape.Series.Should().ContainSingle(series => series.StartsWith("grpc_", StringComparison.Ordinal));
    }

    private static string Handled(string service, string method, string code) =>
        $$"""grpc_server_handled_total{grpc_code="{{code}}",grpc_method="{{method}}",grpc_service="{{service}}"}""";
}
