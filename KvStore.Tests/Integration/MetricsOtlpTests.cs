using System.Collections.Concurrent;
using System.Text;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Integration;

public sealed class MetricsOtlpTests
{
    [Fact]
    public async Task Metrics_and_traces_are_sent_to_the_endpoint_of_the_environment()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            "",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"));
        using var client = new HttpClient { BaseAddress = service.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/get/a");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        await client.SendAsync(request);

        var metrics = await receiver.WaitForAsync("/v1/metrics", "http.server.request.duration");
        var traces = await receiver.WaitForAsync("/v1/traces", "GET /get/{key}");

        // Protobuf has strings as they are.
        metrics.Should().Contain("/get/{key}").And.Contain("kvstore.keys").And.Contain("service.name\u0012\t\n\u0007kvstore");
        traces.Should().Contain(Encoding.Latin1.GetString(Convert.FromHexString("0af7651916cd43dd8448eb211c80319c")))
            .And.Contain("http.route").And.Contain("http.response.status_code").And.Contain("service.name\u0012\t\n\u0007kvstore");
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task The_environment_names_the_service()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            "",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
            ("OTEL_SERVICE_NAME", "cats"));

        (await receiver.WaitForAsync("/v1/metrics", "kvstore.keys")).Should().Contain("service.name\u0012\u0006\n\u0004cats");
    }

    [Fact]
    public async Task An_endpoint_that_is_no_URL_stops_the_start_with_a_line()
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync("", ("PORT", "0"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"));

        exitCode.Should().Be(2);
        output.Should().Be("OTEL_EXPORTER_OTLP_ENDPOINT is 'collector', but must be a URL such as http://localhost:4317.");
    }

    [SkippableFact]
    public async Task Without_an_endpoint_nothing_of_the_exporter_is_loaded()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "reads /proc");
        await using var service = await ServiceProcess.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        (await MetricsScrape.TakeAsync(client))["kvstore_keys"].Should().Be(0);

        var libraries = (await File.ReadAllLinesAsync($"/proc/{service.Id}/maps")).Select(Path.GetFileName).ToList();
        libraries.Contains("OpenTelemetry.dll").Should().BeTrue("libraries are mapped files");
        libraries.Contains("OpenTelemetry.Exporter.OpenTelemetryProtocol.dll").Should().BeFalse();
    }

    /// <summary>Takes what is sent by OTLP over HTTP, and keeps it.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly WebApplication _app;
        private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
        private readonly SemaphoreSlim _arrival = new(0);

        private Receiver()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.MapPost("/{**path}", ReceiveAsync);
        }

        public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        public static async Task<Receiver> StartAsync()
        {
            var receiver = new Receiver();
            await receiver._app.StartAsync();
            return receiver;
        }

        /// <summary>Waits for a message to <paramref name="path"/> with <paramref name="text"/> in it.</summary>
        public async Task<string> WaitForAsync(string path, string text)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                if (_received.FirstOrDefault(message => message.Path == path && message.Body.Contains(text, StringComparison.Ordinal)).Body is { } body)
                {
                    return body;
                }

                await _arrival.WaitAsync(patience.Token);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _app.DisposeAsync();
            _arrival.Dispose();
        }

        private async Task ReceiveAsync(HttpContext context)
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.Latin1);
            _received.Enqueue((context.Request.Path.Value!, await reader.ReadToEndAsync()));
            _arrival.Release();
        }
    }
}
