using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class MetricsOtlpTests
{
    [Fact]
    public async Task Metrics_are_sent_to_the_endpoint_of_the_environment()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            "",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"));
        using var client = new HttpClient { BaseAddress = service.Address };
        await client.GetAsync("/get/a");

        var metrics = await receiver.WaitForAsync("/v1/metrics", "http.server.request.duration");

        // Protobuf has strings as they are.
        metrics.Should().Contain("/get/{key}").And.Contain("kvstore.keys").And.Contain("service.name\u0012\t\n\u0007kvstore");
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task The_environment_names_the_service()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
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
}
