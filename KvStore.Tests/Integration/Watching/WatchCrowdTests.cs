using System.Net.Sockets;
using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Watching;

/// <summary>Many watchers, of which some never read.</summary>
[Collection(nameof(Alone))]
public sealed class WatchCrowdTests
{
    private const int Watchers = 1_000;
    private const int NeverRead = 100;
    private const int Readers = 100;

    // Together less than would have the watchers told that they have fallen behind.
    private const int Writes = 2_000;
    private const int ValueBytes = 4_096;

    [Fact]
    public async Task Those_that_never_read_cost_little_and_hold_up_neither_writers_nor_the_others()
    {
        await using var service = await ServiceProcess.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        using var writer = new ServiceClient(service.Address);
        var sockets = Enumerable.Range(0, Watchers).Select(i => Open(
            service.Address, i < NeverRead + Readers ? "a" : "elsewhere", receives: i >= NeverRead)).ToList();
        var before = await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == Watchers);

        var readers = sockets.Skip(NeverRead).Take(Readers).Select(CountEventsAsync).ToList();
        var value = new string('v', ValueBytes);
        for (var i = 0; i < Writes; i++)
        {
            (await writer.PutAsync("/kv/a", value)).Status.Should().BeLessThan(300);
        }

        (await Task.WhenAll(readers)).Should().AllBeEquivalentTo(Writes);
        var after = await MetricsScrape.TakeAsync(client);
        after["kvstore_revision"].Should().Be(Writes);
        after["kvstore_change_log_bytes"].Should().BeLessThan(16 * 1_024 * 1_024);
        (after["process_working_set_bytes"] - before["process_working_set_bytes"]).Should().BeLessThan(
            400_000_000, "each holds a buffer, and 8 MB have been written for each of those that never read");

        sockets.ForEach(socket => socket.Dispose());
        await MetricsScrape.UntilAsync(client, scrape => scrape["kvstore_watchers"] == 0);
    }

    private static TcpClient Open(Uri service, string prefix, bool receives)
    {
        var client = new TcpClient();
        if (!receives)
        {
            client.ReceiveBufferSize = 4_096;
        }

        client.Connect(service.Host, service.Port);

        // To a client of HTTP/1.0 a stream is sent without chunks.
        client.Client.Send(Encoding.ASCII.GetBytes($"GET /watch?prefix={prefix} HTTP/1.0\r\n\r\n"));
        return client;
    }

    /// <summary>Reads until every write has been seen, and tells how often one was.</summary>
    private static async Task<int> CountEventsAsync(TcpClient client)
    {
        var stream = client.GetStream();
        var lines = new StreamReader(stream, Encoding.UTF8);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var (events, last) = (0, 0L);
        while (last < Writes && await lines.ReadLineAsync(patience.Token) is { } line)
        {
            events += line == "event: set" ? 1 : 0;

            // The id comes before its event: one line more belongs to the last.
            last = line.StartsWith("data: {\"key\"", StringComparison.Ordinal) ? Revision(line) : last;
        }

        return events;
    }

    private static long Revision(string data)
    {
        using var change = System.Text.Json.JsonDocument.Parse(data["data: ".Length..]);
        return change.RootElement.GetProperty("revision").GetInt64();
    }
}
