using System.Formats.Tar;
using KvStore.Core.Durability;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

public sealed class AdminTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServiceFactory _service;
    private readonly ServiceClient _client;

    public AdminTests()
    {
        _service = DurableService.In(_folder.At("store"));
        _client = new ServiceClient(_service.Address);
    }

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_snapshot_is_on_the_disk_when_it_is_told_of()
    {
        await ReadyAsync();
        await _client.PutAsync("/kv/a", "1");
        await _client.PutAsync("/kv/b", "2");

        var answer = await _client.SendAsync("POST", "/admin/snapshot");

        answer.Status.Should().Be(200);
        (answer.Json.GetProperty("revision").GetInt64(), answer.Json.GetProperty("keys").GetInt64()).Should().Be((2, 2));
        answer.Json.GetProperty("seconds").GetDouble().Should().BeGreaterThanOrEqualTo(0);
        var file = new FileInfo(Path.Combine(_folder.At("store"), answer.Json.GetProperty("name").GetString()!));
        file.Length.Should().Be(answer.Json.GetProperty("bytes").GetInt64());
        MetricsScrape.Parse((await _client.GetAsync("/metrics")).Text)["kvstore_snapshot_bytes"].Should().Be(file.Length);
    }

    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.7")]
    [InlineData("Forwarded: for=203.0.113.7")]
    [InlineData("X-Real-IP: 203.0.113.7")]
    [InlineData("Via: 1.1 proxy")]
    [InlineData("Origin: http://example.org")]
    [InlineData("Origin: null")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    [InlineData("Sec-Fetch-Site: same-site")]
    [InlineData("Host: example.org")]
    public async Task Proxies_and_other_sites_pages_may_not(string header)
    {
        await ReadyAsync();

        foreach (var (method, path) in new[] { ("POST", "/admin/snapshot"), ("GET", "/admin/backup") })
        {
            var answer = await _client.SendAsync(method, path, body: null, header);
            (answer.Status, answer.Code).Should().Be((404, "not-found"));
        }

        Directory.GetFiles(_folder.At("store"), "snapshot-*").Should().BeEmpty();
    }

    [Fact]
    public async Task The_services_own_page_may()
    {
        await ReadyAsync();

        var origin = _service.Address.GetLeftPart(UriPartial.Authority);
        var answer = await _client.SendAsync("POST", "/admin/snapshot", body: null, $"Origin: {origin}", "Sec-Fetch-Site: same-origin");

        answer.Status.Should().Be(200);
    }

    [Fact]
    public async Task On_the_metrics_port_every_machine_may_and_no_page()
    {
        var port = FreePort.Take();
        await using var service = DurableService.In(_folder.At("other")).With("KvStore:Server:MetricsPort", port);
        _ = service.Address;
        using var client = new ServiceClient(new Uri($"http://127.0.0.1:{port}"));
        await DurableService.ReadyAsync(client);

        (await client.SendAsync("POST", "/admin/snapshot", body: null, "Host: kvstore-0.example.org")).Status.Should().Be(200);
        (await client.SendAsync("POST", "/admin/snapshot", body: null, "Sec-Fetch-Site: same-origin")).Status.Should().Be(404);
        (await client.SendAsync("POST", "/admin/snapshot", body: null, "Origin: http://localhost")).Status.Should().Be(404);
    }

    [Fact]
    public async Task A_store_in_memory_has_nothing_to_save()
    {
        await using var service = new ServiceFactory();
        using var client = new ServiceClient(service.Address);

        var answer = await client.SendAsync("POST", "/admin/snapshot");

        (answer.Status, answer.Code).Should().Be((404, "not-found"));
        answer.Json.GetProperty("detail").GetString().Should().Contain("DATA_DIR");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_backup_opens_as_a_store_with_all_that_was_written_before_it(int keys)
    {
        await ReadyAsync();
        await WriteAsync(0, keys);

        await RestoreAsync("restored");

        var (store, revision) = await OpenAsync("restored");
        revision.Should().Be(keys);
        Keys(store).Should().HaveCount(keys).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task A_backup_beside_writes_has_every_one_before_it_and_those_after_it_up_to_one()
    {
        await ReadyAsync();
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writer = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                await WriteAsync(i, i + 1);
                Volatile.Write(ref written, i + 1);
            }
        });
        await Until.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref written) > 300));

        for (var round = 0; round < 3; round++)
        {
            var before = Volatile.Read(ref written);
            await RestoreAsync($"restored-{round}");
            var (store, revision) = await OpenAsync($"restored-{round}");
            revision.Should().BeGreaterThanOrEqualTo(before);
            Keys(store).Should().Equal(Enumerable.Range(0, (int)revision).Select(i => $"key/{i:D6}"));
        }

        await stop.CancelAsync();
        await writer;
    }

    [Fact]
    public async Task A_restored_store_goes_on_in_a_history_of_its_own_as_the_first_one_has_gone_on_too()
    {
        await ReadyAsync();
        await WriteAsync(0, 3);
        await RestoreAsync("restored");
        var first = (await _client.GetAsync("/role")).Json.GetProperty("historyId").GetString();

        await using var restored = DurableService.In(_folder.At("restored"));
        using var client = new ServiceClient(restored.Address);
        await DurableService.ReadyAsync(client);

        var role = (await client.GetAsync("/role")).Json;
        role.GetProperty("revision").GetInt64().Should().Be(3);
        role.GetProperty("historyId").GetString().Should().NotBe(first);
        (await client.PutAsync("/kv/next", "1")).ETag.Should().Be("\"4\"");
    }

    private Task ReadyAsync() => DurableService.ReadyAsync(_client);

    private async Task WriteAsync(int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            (await _client.PutAsync($"/kv/key/{i:D6}", $"{i}")).Status.Should().Be(201);
        }
    }

    private async Task RestoreAsync(string name)
    {
        var answer = await _client.GetAsync("/admin/backup");
        (answer.Status, answer.ContentType).Should().Be((200, "application/x-tar"));
        Directory.CreateDirectory(_folder.At(name));
        await TarFile.ExtractToDirectoryAsync(new MemoryStream(answer.Bytes), _folder.At(name), overwriteFiles: false);
    }

    private async Task<(ShardedStore Store, long Revision)> OpenAsync(string name)
    {
        var store = new ShardedStore();
        await using var directory = DurableStore.Open(_folder.At(name), store, new DurabilityOptions { SegmentBytes = 65_536 });
        var found = await directory.RecoverAsync();
        found.TornTail.Should().BeNull();
        return (store, found.LastRevision);
    }

    private static List<string> Keys(ShardedStore store) => store.Search("key/");
}
