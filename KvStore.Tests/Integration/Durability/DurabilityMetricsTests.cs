using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

public sealed class DurabilityMetricsTests
{
    [Fact]
    public async Task What_the_log_does_is_measured()
    {
        using var folder = new TemporaryFolder();
        await using var service = DurableService.In(folder.At("store"));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        await client.PutAsync("/kv/a", "1");
        await client.PutAsync("/kv/b", "2");

        var scrape = MetricsScrape.Parse((await client.GetAsync("/metrics")).Text);

        scrape["kvstore_wal_records_total"].Should().Be(2);
        scrape["kvstore_wal_bytes_total"].Should().BeGreaterThan(80);
        scrape["kvstore_wal_durable_revision"].Should().Be(2);
        scrape["kvstore_wal_group_size_sum"].Should().Be(2);
        scrape["kvstore_wal_sync_duration_seconds_count"].Should().BeGreaterThan(0);
        scrape["kvstore_wal_segments"].Should().BeGreaterThan(0);
        scrape["kvstore_wal_size_bytes"].Should().BeGreaterThan(0);
        (scrape["kvstore_wal_full"], scrape["kvstore_wal_failed"]).Should().Be((0, 0));
        scrape["kvstore_recovery_records"].Should().Be(0);
        scrape["kvstore_recovery_duration_seconds"].Should().BeGreaterThan(0);
        scrape["kvstore_snapshot_bytes"].Should().BeNull("there is no snapshot");
        scrape["kvstore_snapshot_log_threshold_bytes"].Should().Be(268_435_456);
        scrape.Series.Single(series => series.StartsWith("kvstore_info{", StringComparison.Ordinal))
            .Should().Contain("role=\"primary\"").And.Contain("sync=\"always\"").And.MatchRegex("version=\"[0-9]+[.][0-9]+[.][0-9]+\"");
    }

    [Fact]
    public async Task A_write_that_waits_for_the_disk_is_unsynced()
    {
        var disk = new SimulatedDisk();
        await using var service = DurableService.On(disk);
        using var gate = new LogGate(disk);
        using var client = new ServiceClient(service.Address);
        using var scraper = new HttpClient { BaseAddress = service.Address };
        await DurableService.ReadyAsync(client);
        gate.Close();
        var write = client.PutAsync("/kv/a", "1");
        await gate.ReachedAsync();

        var during = await MetricsScrape.TakeAsync(scraper);
        (during["kvstore_wal_unsynced_records"], during["kvstore_wal_durable_revision"]).Should().Be((1, 0));

        gate.Open();
        (await write).Status.Should().Be(201);
        var after = await MetricsScrape.TakeAsync(scraper);
        (after["kvstore_wal_unsynced_records"], after["kvstore_wal_durable_revision"]).Should().Be((0, 1));
    }

    [Fact]
    public async Task A_snapshot_that_is_longer_than_the_setting_is_the_measure_for_the_next()
    {
        using var folder = new TemporaryFolder();
        await using var service = DurableService.In(folder.At("store")).With("KvStore:Durability:SnapshotLogBytes", 65_536);
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        for (var i = 0; i < 20; i++)
        {
            await client.PutAsync($"/kv/{i}", new string('v', 4_000));
        }

        (await client.SendAsync("POST", "/admin/snapshot")).Status.Should().Be(200);

        var scrape = MetricsScrape.Parse((await client.GetAsync("/metrics")).Text);
        scrape["kvstore_snapshot_bytes"].Should().BeGreaterThan(65_536);
        scrape["kvstore_snapshot_log_threshold_bytes"].Should().Be(scrape["kvstore_snapshot_bytes"]);
    }

    [Fact]
    public async Task Every_metric_of_the_log_is_documented()
    {
        using var folder = new TemporaryFolder();
        await using var service = DurableService.In(folder.At("store"));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        await client.PutAsync("/kv/a", "1");
        await client.SendAsync("POST", "/admin/snapshot");
        var documented = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "metrics.md"));

        var names = MetricsScrape.Parse((await client.GetAsync("/metrics")).Text).Lines
            .Where(line => line.StartsWith("# TYPE kvstore_", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();

        names.Should().HaveCountGreaterThan(15);
        names.Where(name => !documented.Contains($"`{name}`", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_store_in_memory_has_no_log_to_measure()
    {
        await using var service = new ServiceFactory();
        using var client = new ServiceClient(service.Address);
        await client.PutAsync("/kv/a", "1");

        MetricsScrape.Parse((await client.GetAsync("/metrics")).Text).Lines
            .Should().NotContain(line => line.Contains("kvstore_wal", StringComparison.Ordinal) || line.Contains("kvstore_recovery", StringComparison.Ordinal));
        (await client.GetAsync("/ready")).Json.GetProperty("checks").TryGetProperty("storage", out _).Should().BeFalse();
    }
}
