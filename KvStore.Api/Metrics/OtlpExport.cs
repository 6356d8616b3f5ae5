using System.Diagnostics;
using KvStore.Api.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace KvStore.Api.Metrics;

/// <summary>
/// Sends metrics and traces by OTLP where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set. The library reads
/// the other standard variables, <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> and the like, by itself.
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
            .AddSource("Microsoft.AspNetCore")
            .ConfigureResource(Name)
            .AddOtlpExporter()
            .Build());

    /// <summary>Describes the spans of requests: the framework makes them without route and status.</summary>
    public static void UseTraces(WebApplication app)
    {
        app.Services.GetRequiredService<TracerProvider>();
        app.Use(async (context, next) =>
        {
            await next(context);
            if (Activity.Current is { } span)
            {
                Describe(span, context);
            }
        });
    }

    private static void Describe(Activity span, HttpContext context)
    {
        var method = RequestLabels.Methods[RequestLabels.MethodIndex(context.Request.Method)];
        var route = RequestLabels.Route(context.GetEndpoint());
        var status = context.Response.StatusCode;
        span.DisplayName = $"{method} {route}";
        span.SetTag(HttpMetrics.MethodAttribute, method);
        span.SetTag(HttpMetrics.RouteAttribute, route);
        span.SetTag(HttpMetrics.CodeAttribute, status);
        span.SetStatus(status >= StatusCodes.Status500InternalServerError ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
    }

    // The environment comes last: OTEL_SERVICE_NAME wins.
    private static void Name(ResourceBuilder resource) => resource.AddService("kvstore").AddEnvironmentVariableDetector();
}
