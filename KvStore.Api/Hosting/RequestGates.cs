using KvStore.Api.Endpoints;
using KvStore.Api.Metrics;
using KvStore.Api.Options;
using KvStore.Api.Problems;

namespace KvStore.Api.Hosting;

/// <summary>What is asked of every request before its endpoint, and is not asked of any in normal operation.</summary>
internal static class RequestGates
{
    // What tells of the node, and not of what it stores.
    private static readonly PathString[] NodePaths =
        [.. HealthEndpoints.LivenessPaths.Concat(HealthEndpoints.ReadinessPaths).Append(MetricsEndpoint.Path).Select(path => new PathString(path))];

    /// <summary>On the metrics port, serves metrics, health and administration alone. Nothing where there is no such port.</summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        var port = app.Services.GetRequiredService<ServerOptions>().MetricsPort;
        if (port == 0)
        {
            return;
        }

        PathString[] served = [.. NodePaths, .. AdminEndpoints.Paths];
        app.Use(next => context => context.Connection.LocalPort == port && !served.AsSpan().Contains(context.Request.Path)
            ? ProblemResponse.SendAsync(context, ProblemResponse.NotFound)
            : next(context));
    }

    /// <summary>Refuses methods in another case: they are other methods (RFC 9110 section 9.1), but routing takes them for these.</summary>
    public static void UseExactMethods(this WebApplication app) => app.Use(next => context =>
    {
        var method = context.Request.Method;
        if (string.Equals(HttpMethods.GetCanonicalizedValue(method), method, StringComparison.Ordinal)
            || context.GetEndpoint()?.Metadata.GetMetadata<IHttpMethodMetadata>() is not { } taken)
        {
            return next(context);
        }

        context.Response.Headers.Allow = string.Join(", ", taken.HttpMethods);
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    });

    /// <summary>
    /// While the store is being brought back, refuses what needs it. While draining, asks every client to reconnect: the next connection goes to
    /// another node.
    /// </summary>
    public static void UseLifecycle(this WebApplication app)
    {
        var lifecycle = app.Services.GetRequiredService<Lifecycle>();
        var recovery = app.Services.GetRequiredService<StoreRecovery>();
        app.Use(next => context => lifecycle.Stage == LifecycleStage.Ready ? next(context) : PassAsync(context, next, lifecycle, recovery));
    }

    private static Task PassAsync(HttpContext context, RequestDelegate next, Lifecycle lifecycle, StoreRecovery recovery)
    {
        if (lifecycle.IsDraining)
        {
            context.Response.Headers.Connection = "close";
        }

        return recovery.IsRecovering && !NodePaths.AsSpan().Contains(context.Request.Path)
            ? ProblemResponse.SendAsync(context, recovery.Describe())
            : next(context);
    }
}
