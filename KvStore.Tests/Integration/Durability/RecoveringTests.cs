using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;
using static KvStore.Grpc.Health.V1.HealthCheckResponse.Types;

namespace KvStore.Tests.Integration.Durability;

/// <summary>A service whose store is not back yet, for as long as a test likes.</summary>
public sealed class RecoveringTests : IAsyncLifetime, IDisposable
{
    private readonly SimulatedDisk _disk = new();
    private StallingDirectory _directory = null!;
    private ServiceFactory _service = null!;
    private ServiceClient _client = null!;

    public async Task InitializeAsync()
    {
        await using (var before = DurableService.On(_disk))
        {
            using var writer = new ServiceClient(before.Address);
            await DurableService.ReadyAsync(writer);
            (await writer.PutAsync("/kv/a", "1")).Status.Should().Be(201);
        }

        _service = DurableService.On(() => _directory = new StallingDirectory(_disk.Open()));
        _client = new ServiceClient(_service.Address);
    }

    public async Task DisposeAsync()
    {
        _directory.Release();
        await _service.DisposeAsync();
    }

    public void Dispose()
    {
        _client.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/livez")]
    [InlineData("/healthz")]
    public async Task The_process_is_alive(string path)
    {
        var answer = await _client.GetAsync(path);

        (answer.Status, answer.Text).Should().Be((200, """{"status":"alive"}"""));
    }

    [Theory]
    [InlineData("/ready")]
    [InlineData("/health/ready")]
    [InlineData("/readyz")]
    public async Task It_is_not_ready_and_says_how_far_it_is_and_nothing_of_what_it_does_not_know(string path)
    {
        var answer = await _client.GetAsync(path);

        answer.Status.Should().Be(503);
        answer.Header("Retry-After").Should().Be("1");
        answer.Json.GetProperty("status").GetString().Should().Be("not-ready");
        answer.Json.TryGetProperty("keys", out _).Should().BeFalse();
        answer.Json.GetProperty("checks").GetProperty("storage").GetProperty("reason").GetString()
            .Should().MatchRegex("^being read: (files|snapshot|log|index), [0-9]+ %, [0-9]+ records a second$");
    }

    [Theory]
    [InlineData("GET", "/get/a")]
    [InlineData("GET", "/kv/")]
    [InlineData("PUT", "/kv/a")]
    [InlineData("DELETE", "/kv/a")]
    [InlineData("POST", "/set")]
    [InlineData("POST", "/batch")]
    [InlineData("POST", "/import")]
    [InlineData("GET", "/export")]
    [InlineData("GET", "/count")]
    [InlineData("GET", "/watch")]
    [InlineData("GET", "/role")]
    [InlineData("POST", "/admin/snapshot")]
    [InlineData("GET", "/admin/backup")]
    [InlineData("GET", "/nothing")]
    public async Task Everything_else_is_refused_with_how_far_it_is(string method, string path)
    {
        var answer = await _client.SendAsync(method, path, method == "GET" ? null : "{}");

        (answer.Status, answer.Code).Should().Be((503, "not-ready"));
        answer.Header("Retry-After").Should().Be("1");
        answer.Json.GetProperty("detail").GetString().Should().MatchRegex("[0-9]+ %");
    }

    [Fact]
    public async Task Metrics_are_served_without_what_is_not_known()
    {
        var scrape = MetricsScrape.Parse((await _client.GetAsync("/metrics")).Text);

        scrape["kvstore_wal_full"].Should().Be(0);
        scrape["kvstore_keys"].Should().BeNull();
        scrape["kvstore_ready"].Should().Be(0);
        scrape["kvstore_recovery_duration_seconds"].Should().Be(0);
    }

    [Fact]
    public async Task Calls_are_unavailable_and_health_says_that_nothing_serves()
    {
        using var client = new GrpcClient(_service.GrpcAddress);

        (await GrpcFailure.OfAsync(client.Store.GetAsync(new GetRequest { Key = "a" }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.Unavailable, "not-ready"));
        (await GrpcFailure.OfAsync(client.Store.Subscribe(new SubscribeRequest { KeyPattern = "a" }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.Unavailable, "not-ready"));
        (await client.CheckHealthAsync("kvstore.KeyValueStore")).Should().Be(ServingStatus.NotServing);
    }

    [Fact]
    public async Task When_the_store_is_back_everything_is_served()
    {
        (await _client.GetAsync("/get/a")).Status.Should().Be(503);

        _directory.Release();
        await DurableService.ReadyAsync(_client);

        (await _client.GetAsync("/get/a")).Text.Should().Be("1");
        (await _client.PutAsync("/kv/b", "2")).ETag.Should().Be("\"2\"");
        using var client = new GrpcClient(_service.GrpcAddress);
        (await client.CheckHealthAsync()).Should().Be(ServingStatus.Serving);
        var scrape = MetricsScrape.Parse((await _client.GetAsync("/metrics")).Text);
        (scrape["kvstore_keys"], scrape["kvstore_ready"]).Should().Be((2, 1));
    }
}
