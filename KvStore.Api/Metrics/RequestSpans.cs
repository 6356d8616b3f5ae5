using System.Diagnostics;
using KvStore.Api.Endpoints;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;

namespace KvStore.Api.Metrics;

/// <summary>
/// Describes the spans of requests and calls as OpenTelemetry's conventions say (https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
/// /rpc/grpc/): the framework makes them, one a request, with nothing in them. No attribute has a key or a value in it: so none has the path.
/// </summary>
internal static class RequestSpans
{
    /// <summary>Who makes them.</summary>
    public const string Source = "Microsoft.AspNetCore";

    private const string ErrorAttribute = "error.type";

    // Probes and scrapes would be most of the spans of a quiet node, and tell nothing that metrics do not.
    private static readonly HashSet<string> Unwanted =
        [.. HealthEndpoints.LivenessPaths, .. HealthEndpoints.ReadinessPaths, MetricsEndpoint.Path];

    /// <summary>Adds the middleware, which must come first; nothing where spans are not sent.</summary>
    public static void UseSpans(this WebApplication app)
    {
        if (!OtlpExport.IsAsked(app.Configuration))
        {
            return;
        }

        OtlpExport.StartTraces(app);
        app.Use(next => context => Wanted() is { } span ? DescribeAsync(span, context, next) : next(context));
    }

    /// <summary>Describes the span of a call that ends; null where there is no such method.</summary>
    public static void DescribeCall(GrpcMethod? method, StatusCode code)
    {
        if (Wanted() is not { } span)
        {
            return;
        }

        span.DisplayName = method is null ? RequestLabels.Unmatched : $"{method.Service}/{method.Name}";
        span.SetTag("rpc.system", "grpc");
        span.SetTag("rpc.service", method?.Service);
        span.SetTag("rpc.method", method?.Name);
        span.SetTag("rpc.grpc.status_code", (int)code);
        if (code is StatusCode.Unknown or StatusCode.DeadlineExceeded or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.Unavailable
            or StatusCode.DataLoss)
        {
            Fail(span, GrpcMetrics.NameOf(code));
        }

        if (method is not null && method.Service.StartsWith("grpc.", StringComparison.Ordinal))
        {
            Drop(span);
        }
    }

    /// <summary>The span of this request, where it is sampled.</summary>
    private static Activity? Wanted() =>
        Activity.Current is { IsAllDataRequested: true } span && string.Equals(span.Source.Name, Source, StringComparison.Ordinal) ? span : null;

    private static async Task DescribeAsync(Activity span, HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        finally
        {
            var host = context.Request.Host;
            span.SetTag("server.address", host.Host);
            span.SetTag("server.port", host.Port ?? context.Connection.LocalPort);
            if (span.GetTagItem("rpc.system") is null)
            {
                DescribeRequest(span, context);
            }
        }
    }

    private static void DescribeRequest(Activity span, HttpContext context)
    {
        var method = RequestLabels.Methods[RequestLabels.MethodIndex(context.Request.Method)];
        var route = RequestLabels.Route(context.GetEndpoint());
        var status = context.Response.StatusCode;
        span.DisplayName = $"{method} {route}";
        span.SetTag(HttpMetrics.MethodAttribute, method);
        span.SetTag(HttpMetrics.RouteAttribute, route);
        span.SetTag(HttpMetrics.CodeAttribute, status);
        span.SetTag("url.scheme", context.Request.Scheme);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            Fail(span, $"{status}");
        }

        if (Unwanted.Contains(route))
        {
            Drop(span);
        }
    }

    private static void Fail(Activity span, string error)
    {
        span.SetTag(ErrorAttribute, error);
        span.SetStatus(ActivityStatusCode.Error);
    }

    private static void Drop(Activity span) => span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
}
