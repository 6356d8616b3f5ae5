using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>Clients that go away while a store is taken out or put in, against the real process.</summary>
public sealed class TransferClientTests
{
    private const int Clients = 20;
    private const string Head = "POST /import HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n";

    [Theory]
    [InlineData("")]
    [InlineData("Accept-Encoding: gzip\r\n")]
    public async Task An_export_ends_with_itsclient(string header)
    {
        await using var service = await ServiceProcess.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };

        // More than what all buffers on the way hold, also compressed.
        Import(service.Address, string.Concat(Enumerable.Range(0, 400).Select(i => $"{{\"key\":\"{i}\",\"base64\":\"{Noise(i)}\"}}\n"))).Should().Be(200);

        for (var i = 0; i < Clients; i++)
        {
            using var connection = new RawConnection(service.Address);
            connection.Send($"GET /export HTTP/1.1\r\nHost: a\r\n{header}\r\n");
            connection.Read().Status.Should().Be(200);
        }

        await MetricsScrape.UntilAsync(client, scrape => scrape["http_requests_in_progress{method=\"GET\",endpoint=\"/export\"}"] is null or 0);
        service.Output.Should().ContainSingle("it is no fault of the service's");
    }

    [Fact]
    public async Task An_import_ends_with_itsclient_after_its_last_whole_line()
    {
        await using var service = await ServiceProcess.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        for (var i = 0; i < Clients; i++)
        {
            using var connection = new RawConnection(service.Address);
            connection.Send(Head + $"Content-Length: 1000000\r\n\r\n{{\"key\":\"{i}\",\"value\":\"\"}}\n{{\"key\":\"half {i}\",\"value\":\"\"}}");
        }

        // What a client has sent before it goes may be thrown away unread with its connection: whole lines or none.
        await MetricsScrape.UntilAsync(client, scrape => scrape["http_requests_in_progress{method=\"POST\",endpoint=\"/import\"}"] is null or 0);
        (await client.GetStringAsync(new Uri("/search?prefix=half", UriKind.Relative))).Should().Be("[]");
        service.Output.Should().ContainSingle("it is no fault of the service's");
    }

    private static string Noise(int seed)
    {
        var bytes = new byte[60_000];
        new Random(seed).NextBytes(bytes);
        return Convert.ToBase64String(bytes);
    }

    private static int Import(Uri address, string lines) =>
        RawConnection.Exchange(address, Encoding.ASCII.GetBytes($"{Head}Content-Length: {lines.Length}\r\n\r\n{lines}")).Status;
}
