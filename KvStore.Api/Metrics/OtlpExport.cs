using KvStore.Api.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvStore.Api.Metrics;

/// <summary>
/// Sends metrics and traces by OTLP where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The library reads
/// the other standard variables, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c>, <c>OTEL_TRACES_SAMPLER</c> and the like, by itself.
/// </summary>
/// <remarks>A class of its own, so that without the variable nothing of the exporter is loaded, and no request has a span.</remarks>
internal static class OtlpExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Whether the environment asks for it.</summary>
    /// <exception cref="SettingsException">It asks with something that is no URL.</exception>
    public static bool IsAsked(IConfiguration configuration)
    {
        if (configuration[Endpoint] is not { Length: > 0 } endpoint)
        {
            return false;
        }

        var isUrl = Uri.TryCreate(endpoint, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps);
        return isUrl ? true : throw new SettingsException($"{Endpoint} is '{endpoint}', but must be a URL such as http://localhost:4317.");
    }

    /// <summary>Sends what <paramref name="builder"/> aggregates.</summary>
    public static void AddMetrics(MeterProviderBuilder builder) => builder.ConfigureResource(Name).AddOtlpExporter();

    /// <summary>Sends the spans of requests.</summary>
    public static void AddTraces(IServiceCollection services) =>
        services.AddSingleton(_ => Sdk.CreateTracerProviderBuilder()
            .AddSource(RequestSpans.Source)
            .ConfigureResource(Name)
            .AddOtlpExporter()
            .Build());

    /// <summary>Starts sending; to be called before there are requests.</summary>
    public static void StartTraces(WebApplication app) => app.Services.GetRequiredService<TracerProvider>();

    // The environment comes last: OTEL_SERVICE_NAME wins.
    private static void Name(ResourceBuilder resource) => resource.AddService("kvstore").AddEnvironmentVariableDetector();
}
