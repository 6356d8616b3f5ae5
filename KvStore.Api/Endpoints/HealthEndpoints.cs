using KvStore.Api.Health;
using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.OpenApi;
using KvStore.Api.Options;
using KvStore.Core.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Endpoints;

/// <summary>Liveness, readiness and role.</summary>
internal static class HealthEndpoints
{
    /// <summary>The paths that answer liveness.</summary>
    public static readonly string[] LivenessPaths = ["/health", "/health/live", "/livez", "/healthz"];

    /// <summary>The paths that answer readiness.</summary>
    public static readonly string[] ReadinessPaths = ["/ready", "/health/ready", "/readyz"];

    /// <summary>Adds the health checks that readiness is made of.</summary>
    public static void AddReadiness(this IServiceCollection services)
    {
        var checks = services.AddHealthChecks().AddCheck<LifecycleCheck>("lifecycle");
        if (services.Settings<StoreOptions>().DataDir.Length > 0)
        {
            checks.AddCheck<StorageCheck>("storage");
        }
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        var readiness = new Readiness(
            services.GetRequiredService<HealthCheckService>(),
            services.GetRequiredService<Lifecycle>(),
            services.GetRequiredService<StoreRecovery>(),
            services.GetRequiredService<IKeyValueStore>(),
            services.GetRequiredService<StoreOptions>().Role);
        foreach (var path in LivenessPaths)
        {
            routes.MapMethods(path, EndpointMethods.GetAndHead, GetLiveness).Describe(NodeDescriptions.Liveness);
        }

        foreach (var path in ReadinessPaths)
        {
            routes.MapMethods(path, EndpointMethods.GetAndHead, readiness.SendAsync).Describe(NodeDescriptions.Readiness);
        }

        routes.MapMethods("/role", EndpointMethods.GetAndHead, readiness.SendRoleAsync).Describe(NodeDescriptions.Role);
    }

    /// <summary>That this runs at all is the answer.</summary>
    private static Task GetLiveness(HttpContext context)
    {
        context.Response.ContentType = JsonResponse.ContentType;
        JsonResponse.Write(context.Response, 0, static (writer, _) => writer.WriteString("status"u8, "alive"u8));
        return Task.CompletedTask;
    }
}
