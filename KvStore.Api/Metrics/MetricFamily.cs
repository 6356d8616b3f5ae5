using OpenTelemetry.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>A metric under the name and labels that Prometheus sees.</summary>
/// <param name="Name">The name, with its unit and without the suffix of a counter.</param>
/// <param name="Type">What it is.</param>
/// <param name="Help">What it tells, in a sentence.</param>
/// <param name="Label">Gives the label for an attribute.</param>
internal sealed record MetricFamily(string Name, FamilyType Type, string Help, Func<string, string> Label)
{
    /// <summary>
    /// The families that a metric is written as: one; or, for requests, OpenTelemetry's and prometheus-net's, so that
    /// dashboards made for either fill.
    /// </summary>
    public static IEnumerable<MetricFamily> Of(Metric metric)
    {
        yield return new MetricFamily(NameOf(metric), TypeOf(metric.MetricType), metric.Description, Escape);
        switch (metric.Name)
        {
            case HttpMetrics.Duration:
                yield return new("http_request_duration_seconds", FamilyType.Histogram, metric.Description, PrometheusNetLabel);
                yield return new("http_requests_received", FamilyType.Counter, "HTTP requests answered.", PrometheusNetLabel);
                break;
            case HttpMetrics.Active:
                yield return new("http_requests_in_progress", FamilyType.Gauge, metric.Description, PrometheusNetLabel);
                break;
        }
    }

    /// <summary>Dots become underscores, and the unit the name's end (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).</summary>
    private static string NameOf(Metric metric) => Escape(metric.Name) + metric.Unit switch
    {
        "s" => "_seconds",
        "By" => "_bytes",
        _ => "",
    };

    private static string Escape(string name) => name.Replace('.', '_');

    private static string PrometheusNetLabel(string attribute) => attribute switch
    {
        HttpMetrics.CodeAttribute => "code",
        HttpMetrics.MethodAttribute => "method",
        _ => "endpoint",
    };

    private static FamilyType TypeOf(MetricType type) => type switch
    {
        MetricType.Histogram => FamilyType.Histogram,
        MetricType.LongSum or MetricType.DoubleSum => FamilyType.Counter,
        _ => FamilyType.Gauge,
    };
}

/// <summary>The types of families in use here.</summary>
internal enum FamilyType
{
    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Counts by size.</summary>
    Histogram,
}
