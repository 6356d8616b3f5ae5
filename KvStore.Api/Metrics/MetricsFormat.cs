using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Metrics;

/// <summary>The forms that metrics are written in.</summary>
internal enum MetricsFormat
{
    /// <summary>Prometheus text 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/).</summary>
    Prometheus,

    /// <summary>OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/).</summary>
    OpenMetrics,
}

/// <summary>Chooses the form that a client asks for.</summary>
internal static class MetricsNegotiation
{
    private const string OpenMetrics = "application/openmetrics-text";

    private static readonly MediaTypeHeaderValue Unwanted = new("*/*", quality: 0);
    private static readonly MediaTypeHeaderValue Text = MediaTypeHeaderValue.Parse(ContentType(MetricsFormat.Prometheus));

    /// <summary>OpenMetrics where the client prefers it to plain text; else plain text, whatever it asks for.</summary>
    public static MetricsFormat Choose(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        var openMetrics = accepted.Where(IsOpenMetrics).Append(Unwanted).Max(type => type.Quality ?? 1);
        var text = accepted.Where(Text.IsSubsetOf).Append(Unwanted).Max(type => type.Quality ?? 1);
        return openMetrics > text ? MetricsFormat.OpenMetrics : MetricsFormat.Prometheus;
    }

    /// <summary>The content type of a form.</summary>
    public static string ContentType(MetricsFormat format) => format == MetricsFormat.OpenMetrics
        ? OpenMetrics + "; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    private static bool IsOpenMetrics(MediaTypeHeaderValue type) =>
        type.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase)
        && !type.Parameters.Any(parameter =>
            parameter.Name.Equals("version", StringComparison.OrdinalIgnoreCase) && !HeaderUtilities.RemoveQuotes(parameter.Value).Equals("1.0.0", StringComparison.Ordinal));
}
