using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class LifecycleTests
{
    [Fact]
    public async Task While_draining_the_service_is_not_ready_but_serves_on_and_asks_clients_to_reconnect()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        using var client = new ServiceClient(service.Address);
        (await client.GetAsync("/ready")).Status.Should().Be(200);

        service.Terminate();
        await UntilAsync(async () => (await client.GetAsync("/ready")).Status == 503);

        var ready = await client.GetAsync("/ready");
        ready.Json.GetProperty("status").GetString().Should().Be("draining");
        ready.Header("Retry-After").Should().NotBeNull();
        (await client.GetAsync("/health")).Status.Should().Be(200);
        MetricsScrape.Parse((await client.GetAsync("/metrics")).Text)["kvstore_ready"].Should().Be(0);
        var put = await client.PutAsync("/kv/a", "1");
        put.Status.Should().Be(201);
        put.Header("Connection").Should().Be("close");

        // A second signal skips the rest of the delay.
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_request_in_flight_is_finished_before_the_exit()
    {
        await using var service = await ServiceProcess.StartAsync();
        using var slow = new RawConnection(service.Address);
        slow.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhal");
        using var client = new ServiceClient(service.Address);
        await UntilInFlightAsync(client);

        service.Terminate();
        await UntilAsync(() => Task.FromResult(service.Output.Any(line => line.Contains("Draining", StringComparison.Ordinal))));
        slow.Send("f");

        slow.Read().Status.Should().Be(201);
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_listing_in_flight_is_sent_to_its_end_before_the_exit()
    {
        const int Values = 100;
        await using var service = await ServiceProcess.StartAsync();
        using var client = new ServiceClient(service.Address);
        for (var i = 0; i < Values; i++)
        {
            await client.PutAsync($"/kv/{i}", new string('v', 100_000));
        }

        using var slow = new HttpClient { BaseAddress = service.Address };
        using var listing = await slow.GetAsync(new Uri("/kv/?values=true", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);

        service.Terminate();
        await UntilAsync(() => Task.FromResult(service.Output.Any(line => line.Contains("Draining", StringComparison.Ordinal))));

        using var values = JsonDocument.Parse(await listing.Content.ReadAsStringAsync());
        values.RootElement.EnumerateObject().Should().HaveCount(Values);
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Every_watch_is_told_of_the_drain_and_ends_and_no_other_begins()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        using var client = new ServiceClient(service.Address);
        using var watch = await WatchStream.OpenAsync(service.Address);
        using var quiet = await WatchStream.OpenAsync(service.Address, "?prefix=quiet");
        await client.PutAsync("/kv/a", "1");

        service.Terminate();

        (await watch.ReadToEndAsync()).Select(change => $"{change.Type} {change.Id}").Should().Equal("set 1", "draining 1");
        (await quiet.ReadToEndAsync()).Select(change => $"{change.Type} {change.Id}").Should().Equal("draining 1");
        var answer = await client.GetAsync("/watch");
        answer.Status.Should().Be(503);
        answer.Code.Should().Be("draining");
        answer.Header("Retry-After").Should().Be("1");
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_watch_does_not_hold_up_the_exit()
    {
        // If it did, the exit would come after the test's patience.
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:StopSeconds=300");
        using var watch = await WatchStream.OpenAsync(service.Address);

        service.Terminate();

        (await service.WaitForExitAsync()).Should().Be(0);
        (await watch.ReadToEndAsync()).Select(change => change.Type).Should().Equal("draining");
    }

    [Fact]
    public async Task A_request_that_does_not_end_in_time_is_cut_off_without_an_error()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:StopSeconds=0.1");
        using var stuck = new RawConnection(service.Address);
        stuck.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nhal");
        using var client = new ServiceClient(service.Address);
        await UntilInFlightAsync(client);

        service.Terminate();

        stuck.Read().Status.Should().Be(0);
        (await service.WaitForExitAsync()).Should().Be(0);
        service.Output.Should().NotContain(line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(15)]
    public async Task Interrupt_quit_and_terminate_each_end_the_service_with_0(int signal)
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");

        service.Signal(signal);
        await UntilAsync(() => Task.FromResult(service.Output.Any(line => line.Contains("Draining", StringComparison.Ordinal))));

        // Any second signal skips the delay.
        service.Signal(2);
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Through_the_drain_every_write_is_answered_and_kept_and_connections_are_closed_only_when_announced()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        var written = 0;
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var closed = 0; closed < 20; closed++)
            {
                using var connection = new RawConnection(service.Address);
                RawAnswer answer;
                do
                {
                    connection.Send($"PUT /kv/{Interlocked.Increment(ref written)} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv");
                    answer = connection.Read();
                    answer.Status.Should().Be(201);
                }
                while (answer.Header("Connection") != "close");

                connection.Read().Status.Should().Be(0);
            }
        })).ToArray();
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref written) > 1_000));

        service.Terminate();

        await Task.WhenAll(clients);
        using var client = new ServiceClient(service.Address);
        (await client.GetAsync("/count")).Json.GetProperty("count").GetInt64().Should().Be(written);
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task No_accepted_request_fails_under_load_when_the_service_stops()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=1");
        var answered = 0;

        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            while (TryConnect(service.Address) is { } connection)
            {
                using (connection)
                {
                    RawAnswer answer;
                    do
                    {
                        connection.Send("GET /count HTTP/1.1\r\nHost: a\r\n\r\n");
                        answer = connection.Read();

                        // A connection that was never served is one that was not accepted.
                        if (answer.Status == 0)
                        {
                            return;
                        }

                        answer.Status.Should().Be(200);
                        Interlocked.Increment(ref answered);
                    }
                    while (answer.Header("Connection") != "close");
                }
            }
        })).ToArray();
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref answered) > 500));

        service.Terminate();

        await Task.WhenAll(clients);
        (await service.WaitForExitAsync()).Should().Be(0);
        answered.Should().BeGreaterThan(500);
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_says_what_to_do()
    {
        await using var first = await ServiceProcess.StartAsync();

        foreach (var (http, grpc) in new[] { (first.Address.Port, 0), (0, first.GrpcAddress.Port) })
        {
            var (exitCode, output) = await ServiceProcess.RunToEndAsync("", ("PORT", $"{http}"), ("GRPC_PORT", $"{grpc}"));

            exitCode.Should().Be(1);
            output.Trim().Split('\n').Should().ContainSingle().Which.Should().Contain("in use")
                .And.Contain($":{http + grpc}").And.Contain("PORT").And.Contain("GRPC_PORT");
        }
    }

    [Fact]
    public async Task Logs_are_json_and_one_line_says_what_the_service_is()
    {
        await using var service = await ServiceProcess.StartAsync();
        service.Terminate();
        await service.WaitForExitAsync();

        var messages = service.Output.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()!).ToList();

        messages.Should().ContainSingle(message => message.Contains("listening on", StringComparison.Ordinal))
            .Which.Should().Contain("primary, in memory").And.Contain("keys to 1024 bytes, values to 1048576 bytes");
        messages.Should().HaveCount(2, "the other one says that it drains");
    }

    private static RawConnection? TryConnect(Uri address)
    {
        try
        {
            return new RawConnection(address);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }

    private static Task UntilInFlightAsync(ServiceClient client) => UntilAsync(async () => (await client.GetAsync("/metrics")).Text.Contains(
        "http_requests_in_progress{method=\"PUT\",endpoint=\"/kv/{key}\"} 1", StringComparison.Ordinal));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
