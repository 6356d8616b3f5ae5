using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

public sealed class SlowClientTests
{
    [Fact]
    public void Headers_that_do_not_arrive_in_time_end_the_connection()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:HeaderSeconds", 1);
        using var connection = new RawConnection(service.Address);

        connection.Send("GET /health HTTP/1.1\r\nHost: ");

        connection.Read().Status.Should().BeOneOf(0, 408);
    }

    [Fact]
    public void A_body_that_arrives_too_slowly_is_a_timeout_and_writes_nothing()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var connection = new RawConnection(service.Address);

        connection.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nsome of it");

        var answer = connection.Read();
        answer.Status.Should().Be(408);
        answer.Code.Should().Be("request-timeout");
        RawConnection.Exchange(service.Address, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n").Body.Should().Be("{\"count\":0}");
    }

    [Fact]
    public async Task A_client_that_does_not_take_its_answer_is_cut_off_and_holds_up_nobody()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var client = new ServiceClient(service.Address);
        await client.PutAsync("/kv/a", new string('v', 1_048_576));
        using var stalled = new RawConnection(service.Address);
        stalled.Send(string.Concat(Enumerable.Repeat("GET /kv/a HTTP/1.1\r\nHost: a\r\n\r\n", 50)));

        // It ends when the service has hung up: until then its request is in progress.
        while ((await client.GetAsync("/metrics")).Text.Contains("{method=\"GET\",endpoint=\"/kv/{key}\"} 1", StringComparison.Ordinal))
        {
            (await client.GetAsync("/health")).Status.Should().Be(200);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_that_is_not_read_or_byte_by_byte_is_cut_off(bool isRead)
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var client = new HttpClient { BaseAddress = service.Address };
        using var values = new ServiceClient(service.Address);
        using var slow = new RawConnection(service.Address);
        slow.Send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n");
        var value = new string('v', 1_000_000);

        // It ends when the service has hung up: until then there is a watcher.
        await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == 1);
        do
        {
            (await values.PutAsync("/kv/a", value)).Status.Should().BeLessThan(300);
            if (isRead)
            {
                slow.ReadByte();
            }
        }
        while ((await MetricsScrape.TakeAsync(client))["kvstore_watchers"] == 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_ends_when_its_client_goes_or_says_that_it_will_send_no_more(bool isHalf)
    {
        using var service = new ServiceFactory();
        using var client = new HttpClient { BaseAddress = service.Address };
        using var watch = new RawConnection(service.Address);
        watch.Send("GET /watch HTTP/1.1\r\nHost: a\r\n\r\n");
        await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == 1);

        if (isHalf)
        {
            watch.EndSending();
        }
        else
        {
            watch.Dispose();
        }

        await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == 0);
    }

    [Fact]
    public void An_idle_connection_is_closed()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:KeepAliveSeconds", 1);
        using var connection = new RawConnection(service.Address);

        connection.Send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.Read().Status.Should().Be(200);

        connection.Read().Status.Should().Be(0);
    }

    [Fact]
    public void Connections_over_the_limit_are_closed_and_the_others_are_served()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MaxConnections", 2);
        using var first = new RawConnection(service.Address);
        using var second = new RawConnection(service.Address);
        Ask(first).Should().Be(200);
        Ask(second).Should().Be(200);

        using var third = new RawConnection(service.Address);

        Ask(third).Should().Be(0);
        Ask(first).Should().Be(200);
    }

    private static int Ask(RawConnection connection)
    {
        connection.Send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
        return connection.Read().Status;
    }
}
