using KvStore.Api.Endpoints;
using KvStore.Api.OpenApi;

namespace KvStore.Api.Metrics;

/// <summary>Metrics for a Prometheus server: <c>GET /metrics</c>.</summary>
internal static class MetricsEndpoint
{
    /// <summary>The path of the metrics.</summary>
    public const string Path = "/metrics";

    /// <summary>Maps the endpoint.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var collector = routes.ServiceProvider.GetRequiredService<MetricsCollector>();
        routes.MapMethods(Path, EndpointMethods.GetAndHead, context => Send(context, collector)).Describe(NodeDescriptions.Metrics);
    }

    private static Task Send(HttpContext context, MetricsCollector collector)
    {
        var format = MetricsNegotiation.Choose(context.Request);
        context.Response.ContentType = MetricsNegotiation.ContentType(format);
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.Vary = "Accept";
        collector.Write(context.Response.BodyWriter, format);
        return Task.CompletedTask;
    }
}
