using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

/// <summary>Watches too many or too slow, and how watches are counted.</summary>
public sealed class WatchLimitContractTests : WatchContract
{
    [Fact]
    public async Task A_watch_too_many_is_refused_until_another_ends()
    {
        Service.With("KvStore:Limits:MaxWatchers", 2);
        using var first = await WatchAsync();
        var second = await WatchAsync();

        var answer = await Client.GetAsync("/watch");
        answer.Status.Should().Be(429);
        answer.Code.Should().Be("rate-limited");
        answer.Header("Retry-After").Should().Be("1");

        second.Dispose();
        await UntilWatchersAsync(1);
        using var third = await WatchAsync();
        await Client.PutAsync("/kv/a", "v");
        (await third.NextAsync(1)).Should().Equal("set a");
        (await first.NextAsync(1)).Should().Equal("set a");
    }

    [Fact]
    public async Task A_client_too_slow_gets_every_event_up_to_where_it_fell_behind()
    {
        Service.With("KvStore:Limits:MaxValueBytes", 102_400).With("KvStore:Changes:WindowBytes", 1_048_576);
        using var watch = await WatchAsync();
        await Client.PutAsync("/kv/a", "");
        (await watch.NextAsync())!.Id.Should().Be(1);
        for (var i = 0; i < 400; i++)
        {
            // More than all the buffers between here and there hold.
            await Client.PutAsync("/kv/a", new string('v', 102_400));
        }

        var events = await watch.ReadToEndAsync();

        // How many were sent before it fell behind is chance, and may be none.
        Text(events[^1]).Should().Be($$"""{{events.Count}} fell-behind {"revision":{{events.Count}}}""");
        events.SkipLast(1).Select(change => change.Id).Should().Equal(Enumerable.Range(2, events.Count - 1).Select(id => (long)id));
        events.SkipLast(1).Select(change => change.Value!.Length).Should().Equal(Enumerable.Repeat(102_400, events.Count - 1));
        MetricsScrape.Parse((await Client.GetAsync("/metrics")).Text)["kvstore_watchers_fallen_behind_total"].Should().Be(1);
    }

    [Fact]
    public async Task Long_values_that_wait_for_slow_clients_are_bounded_and_lost_to_nobody()
    {
        const int Length = 16_000_000;
        Service.With("KvStore:Limits:MaxValueBytes", Length).With("KvStore:Limits:MaxWatchBytes", 0);
        var slow = await WatchAsync("?prefix=a");
        await Client.PutAsync("/kv/a", new string('v', Length));

        // Of the slow one's event only the first line is read: the rest is more than all buffers hold.
        await slow.LineAsync();
        using (var other = await WatchAsync("?since=0"))
        {
            (await other.ReadToEndAsync()).Select(Text).Should().Equal("""0 fell-behind {"revision":0}""");
            MetricsScrape.Parse((await Client.GetAsync("/metrics")).Text)["kvstore_watchers_fallen_behind_total"].Should().Be(1);
        }

        slow.Dispose();
        await UntilWatchersAsync(0);
        using var resumed = await WatchStream.OpenAsync(Service.Address, "", lastEventId: 0);
        (await resumed.NextAsync())!.Value!.Length.Should().Be(Length);
    }

    [Fact]
    public async Task A_watch_is_counted_once_when_it_begins_and_is_in_progress_until_it_ends()
    {
        const string inProgress = """http_requests_in_progress{method="GET",endpoint="/watch"}""";
        const string count = """http_request_duration_seconds_count{method="GET",code="200",endpoint="/watch"}""";
        using var client = new HttpClient { BaseAddress = Service.Address };
        using (await WatchAsync())
        {
            var during = await MetricsScrape.TakeAsync(client);
            during[count].Should().Be(1);
            during[inProgress].Should().Be(1);
            during["kvstore_watchers"].Should().Be(1);
        }

        var after = await MetricsScrape.UntilAsync(client, scrape => scrape[inProgress] is null);
        after[count].Should().Be(1);
        after["kvstore_watchers"].Should().Be(0);

        await Client.GetAsync("/watch?since=x");
        var refused = await MetricsScrape.TakeAsync(client);
        refused[count.Replace("200", "422", StringComparison.Ordinal)].Should().Be(1);
    }

    [Fact]
    public async Task The_change_log_is_a_gauge()
    {
        using var client = new HttpClient { BaseAddress = Service.Address };
        (await MetricsScrape.TakeAsync(client))["kvstore_change_log_bytes"].Should().Be(0);

        await Client.PutAsync("/kv/a", new string('v', 1_000));

        (await MetricsScrape.TakeAsync(client))["kvstore_change_log_bytes"].Should().BeInRange(1_000, 1_100);
    }

    private async Task UntilWatchersAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = Service.Address };
        await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == count && (scrape["""http_requests_in_progress{method="GET",endpoint="/watch"}"""] ?? 0) == count);
    }
}
