using System.Net;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class MetricsPortTests
{
    [Fact]
    public async Task Metrics_are_served_on_the_metrics_port_too_and_the_store_is_not()
    {
        var port = FreePort.Take();
        await using var service = await ServiceProcess.StartAsync($"--metrics-port {port}");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        (await MetricsScrape.TakeAsync(client))["kvstore_keys"].Should().Be(0);
        (await client.GetAsync(new Uri("/count", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.NotFound);
        client.BaseAddress.Should().NotBe(service.Address);
    }

    [Fact]
    public async Task Health_is_served_on_the_metrics_port_and_nothing_else_is_however_it_is_asked_for()
    {
        var port = FreePort.Take();
        await using var service = await ServiceProcess.StartAsync($"-metrics-port={port}");
        var metrics = new Uri($"http://127.0.0.1:{port}");

        foreach (var path in new[] { "/health", "/livez", "/ready", "/health/ready" })
        {
            RawConnection.Exchange(metrics, $"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").Status.Should().Be(200, path);
            RawConnection.Exchange(service.Address, $"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").Status.Should().Be(200, path);
        }

        foreach (var request in new[]
        {
            "GET /get/metrics", "GET /kv/metrics", "GET /kv/../metrics", "GET /metrics/../kv/", "GET /get?key=/metrics", "PUT /kv/health",
            "POST /set", "GET /search?prefix=a", "GET /role", "GET /swagger/v1/swagger.json", "GET http://a/get/metrics",
        })
        {
            var answer = RawConnection.Exchange(metrics, $"{request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            answer.Code.Should().Be("not-found", request);
        }

        RawConnection.Exchange(service.Address, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n").Body.Should().Be("{\"count\":0}");
    }
}
