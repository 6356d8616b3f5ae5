using System.Net;
using System.Net.Sockets;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class MetricsPortTests
{
    [Fact]
    public async Task Metrics_are_served_on_the_metrics_port_too_and_the_store_is_not()
    {
        var port = FreePort();
        await using var service = await ServiceProcess.StartAsync($"--metrics-port {port}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        (await MetricsScrape.TakeAsync(client))["kvstore_keys"].Should().Be(0);
        (await client.GetAsync(new Uri("/count", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.NotFound);
        client.BaseAddress.Should().NotBe(service.Address);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
