using System.Text.Json;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

/// <summary>What clients are told of a disk that is full, and of one that has failed.</summary>
public sealed class DiskStateTests : IAsyncLifetime, IDisposable
{
    private const string Json = "Content-Type: application/json";
    private const string Lines = "Content-Type: application/x-ndjson";

    private readonly SimulatedDisk _disk = new();
    private readonly ServiceFactory _service;
    private readonly ServiceClient _client;

    public DiskStateTests()
    {
        _service = DurableService.On(_disk);
        _client = new ServiceClient(_service.Address);
    }

    public Task InitializeAsync() => DurableService.ReadyAsync(_client);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_full_disk_refuses_writes_and_nothing_else_until_there_is_room()
    {
        await FillAsync();

        (await _client.GetAsync("/get/first")).Text.Should().Be("1");
        (await _client.GetAsync("/count")).Status.Should().Be(200);
        ShouldBe(await _client.SendAsync("PUT", "/kv/b", new string('v', 4_000)), 507, "storage-full");
        ShouldBe(await BatchAsync(atomic: true), 507, "storage-full");
        (await BatchAsync(atomic: false)).Text.Should().Be("""{"results":[{"status":507,"code":"storage-full"}]}""");

        _disk.Capacity = long.MaxValue;
        await Until.IsTrueAsync(async () => (await StorageAsync()).GetProperty("status").GetString() == "ok");
        (await _client.PutAsync("/kv/again", new string('v', 4_000))).Status.Should().Be(201);
    }

    [Fact]
    public async Task A_node_with_a_full_disk_stays_ready_and_says_so()
    {
        await FillAsync();

        var ready = await _client.GetAsync("/ready");

        ready.Status.Should().Be(200);
        var storage = await StorageAsync();
        storage.GetProperty("status").GetString().Should().Be("degraded");
        storage.GetProperty("reason").GetString().Should().StartWith("full");
        var scrape = MetricsScrape.Parse((await _client.GetAsync("/metrics")).Text);
        (scrape["kvstore_wal_full"], scrape["kvstore_ready"]).Should().Be((1, 1));
    }

    [Fact]
    public async Task An_import_ends_where_the_disk_is_full_and_says_how_many_records_are_kept()
    {
        await _client.PutAsync("/kv/first", "1");
        await SettleAsync();
        var line = $"{{\"key\":\"import/{{0}}\",\"value\":\"{new string('v', 4_000)}\"}}\n";
        var body = string.Concat(Enumerable.Range(0, 200).Select(i => line.Replace("{0}", $"{i:D3}", StringComparison.Ordinal)));

        var answer = await _client.SendAsync("POST", "/import", body, Lines);

        ShouldBe(answer, 507, "storage-full");
        var imported = answer.Json.GetProperty("imported").GetInt64();
        imported.Should().BePositive();
        (await _client.GetAsync("/count?prefix=import/")).Text.Should().Be($"{{\"count\":{imported}}}");
        answer.Json.GetProperty("detail").GetString().Should().Contain($"Records imported: {imported}");
    }

    [Fact]
    public async Task A_call_on_a_full_disk_has_the_same_code()
    {
        await FillAsync();
        using var client = new GrpcClient(_service.GrpcAddress);

        (await GrpcFailure.OfAsync(client.Store.SetAsync(new SetRequest { Key = "b", Value = new string('v', 4_000) }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.ResourceExhausted, "storage-full"));
    }

    [Fact]
    public async Task After_a_failed_sync_the_store_is_read_only_and_not_ready()
    {
        await FailAsync();

        (await _client.GetAsync("/get/first")).Text.Should().Be("1");
        ShouldBe(await _client.PutAsync("/kv/b", "2"), 503, "not-ready", "read-only");
        ShouldBe(await BatchAsync(atomic: true), 503, "not-ready", "read-only");
        (await _client.GetAsync("/get/lost")).Code.Should().Be("not-ready", "whether it is there nobody knows");

        var ready = await _client.GetAsync("/ready");
        ready.Status.Should().Be(503);
        ready.Json.GetProperty("checks").GetProperty("storage").GetProperty("reason").GetString().Should().Contain("read-only").And.Contain("wal-");
        (await _client.GetAsync("/health")).Status.Should().Be(200);
        var scrape = MetricsScrape.Parse((await _client.GetAsync("/metrics")).Text);
        (scrape["kvstore_wal_failed"], scrape["kvstore_ready"]).Should().Be((1, 0));
    }

    [Theory]
    [InlineData("GET", "/count?prefix=l")]
    [InlineData("GET", "/kv/")]
    [InlineData("GET", "/search?prefix=l&values=true")]
    [InlineData("POST", "/admin/snapshot")]
    [InlineData("GET", "/admin/backup")]
    public async Task What_would_tell_of_lost_writes_is_refused(string method, string target)
    {
        await FailAsync();

        ShouldBe(await _client.SendAsync(method, target), 503, "not-ready", "read-only");
    }

    [Fact]
    public async Task A_call_on_a_failed_disk_is_unavailable()
    {
        await FailAsync();
        using var client = new GrpcClient(_service.GrpcAddress);

        (await GrpcFailure.OfAsync(client.Store.SetAsync(new SetRequest { Key = "b", Value = "2" }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.Unavailable, "not-ready"));
        (await GrpcFailure.OfAsync(client.Store.CountAsync(new CountRequest { Prefix = "l" }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.Unavailable, "not-ready"));
    }

    private async Task<JsonElement> StorageAsync() => (await _client.GetAsync("/ready")).Json.GetProperty("checks").GetProperty("storage");

    private static void ShouldBe(Answer answer, int status, string code, string detail = "")
    {
        (answer.Status, answer.Code).Should().Be((status, code));
        answer.Header("Retry-After").Should().Be(status == 503 ? "1" : null);
        answer.Json.GetProperty("detail").GetString()!.Contains(detail, StringComparison.Ordinal).Should().BeTrue(answer.Text);
    }

    /// <summary>Has the disk take no more than is on it, once the next segment is made.</summary>
    private async Task SettleAsync()
    {
        // A segment is made ahead while the first is written.
        await Until.IsTrueAsync(() => Task.FromResult(_disk.DurableNames.Count(name => name.EndsWith(".log", StringComparison.Ordinal)) >= 3));
        _disk.Capacity = 1;
    }

    private async Task FillAsync()
    {
        (await _client.PutAsync("/kv/first", "1")).Status.Should().Be(201);
        await SettleAsync();
        var status = 201;
        for (var i = 0; status == 201; i++)
        {
            status = (await _client.PutAsync($"/kv/{i}", new string('v', 4_000))).Status;
        }

        status.Should().Be(507);
    }

    private async Task FailAsync()
    {
        (await _client.PutAsync("/kv/first", "1")).Status.Should().Be(201);
        _disk.Fail(new DiskFault(DiskOperation.Sync) { File = "wal-", Forever = true });
        ShouldBe(await _client.PutAsync("/kv/lost", "1"), 503, "not-ready", "read-only");
    }

    private Task<Answer> BatchAsync(bool atomic) => _client.SendAsync(
        "POST",
        "/batch",
        $$"""{"operations":[{"op":"set","key":"b","value":"{{new string('v', 4_000)}}"}],"atomic":{{(atomic ? "true" : "false")}}}""",
        Json);
}
