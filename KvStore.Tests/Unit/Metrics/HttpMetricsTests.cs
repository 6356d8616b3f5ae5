using System.Diagnostics.Metrics;
using System.Globalization;
using KvStore.Api.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace KvStore.Tests.Unit.Metrics;

public sealed class HttpMetricsTests
{
    [Fact]
    public void Recording_a_request_allocates_nothing()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var collector = new MetricsCollector();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(MetricsSetup.MeterName).AddReader(collector.Reader).Build();
        var metrics = new HttpMetrics(services.GetRequiredService<IMeterFactory>());
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/kv/{key}"), 0, null, null));
        Record(metrics, context, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Record(metrics, context, 10_000);

        // Less than a byte a request: a recompiled loop may leave something once.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000);
    }

    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("CONNECT", "CONNECT")]
    [InlineData("BREW", "_OTHER")]
    [InlineData("", "_OTHER")]
    public void Methods_that_http_does_not_define_are_one(string method, string label) =>
        RequestLabels.Methods[RequestLabels.MethodIndex(method)].Should().Be(label);

    [Theory]
    [InlineData(100, "100")]
    [InlineData(599, "599")]
    [InlineData(99, "0")]
    [InlineData(600, "0")]
    [InlineData(-1, "0")]
    public void Codes_that_http_has_no_room_for_are_one(int status, string label) =>
        Convert.ToString(RequestLabels.Code(status), CultureInfo.InvariantCulture).Should().Be(label);

    [Fact]
    public void An_endpoint_without_a_route_is_unmatched()
    {
        RequestLabels.Route(null).Should().Be("unmatched");
        RequestLabels.Route(new Endpoint(null, null, "405 HTTP Method Not Supported")).Should().Be("unmatched");
    }

    private static void Record(HttpMetrics metrics, HttpContext context, int times)
    {
        for (var i = 0; i < times; i++)
        {
            metrics.End(metrics.Begin(context), StatusCodes.Status200OK);
        }
    }
}
