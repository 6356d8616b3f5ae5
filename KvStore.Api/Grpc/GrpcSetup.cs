using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.Options;
using KvStore.Core.Store;
using KvStore.Grpc.Health;
using KvStore.Grpc.Reflection;
using KvStore.Grpc.Server;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Grpc;

/// <summary>Wires the gRPC services.</summary>
internal static class GrpcSetup
{
    // Health and reflection, which need no store.
    private const string OfTheProtocol = "/grpc.";

    /// <summary>Adds the services and their server.</summary>
    public static void AddGrpc(this IServiceCollection services)
    {
        services.AddSingleton<GrpcMetrics>();
        services.AddSingleton<GrpcObserver>();
        services.AddSingleton(CreateServer);
    }

    /// <summary>Answers what comes over HTTP/2: only the gRPC port takes it, and it takes nothing else.</summary>
    public static void UseGrpc(this WebApplication app)
    {
        var server = app.Services.GetRequiredService<GrpcServer>();
        var lifecycle = app.Services.GetRequiredService<Lifecycle>();
        var recovery = app.Services.GetRequiredService<StoreRecovery>();
        app.Use(next => context =>
        {
            if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            {
                return next(context);
            }

            return lifecycle.Stage == LifecycleStage.Ready ? server.InvokeAsync(context) : AnswerAsync(server, context, lifecycle, recovery);
        });
    }

    private static GrpcServer CreateServer(IServiceProvider provider)
    {
        var lifecycle = provider.GetRequiredService<Lifecycle>();
        var limits = provider.GetRequiredService<LimitsOptions>();
        var store = provider.GetRequiredService<IKeyValueStore>();
        IGrpcService[] services =
        [
            new BigTableLiteService(store),
            new KeyValueStoreService(store, provider.GetRequiredService<WatchGate>(), limits),
        ];
        var health = new HealthService(new ReadinessSource(
            provider.GetRequiredService<HealthCheckService>(), lifecycle, services.Select(service => service.Descriptor.FullName)));
        var reflection = ReflectionServices.Describe(services.Append(health).Select(service => service.Descriptor), lifecycle.Draining);
        return new GrpcServer([.. services, health, .. reflection], new GrpcServerOptions
        {
            MaxMessageBytes = MaxMessageBytes(limits),
            MaxLongMessagesBytes = limits.MaxCallBytes,
            Observer = provider.GetRequiredService<GrpcObserver>(),
        });
    }

    /// <summary>Answers a call while not everything is in place yet, or not for long any more.</summary>
    private static Task AnswerAsync(GrpcServer server, HttpContext context, Lifecycle lifecycle, StoreRecovery recovery)
    {
        if (lifecycle.IsDraining)
        {
            // The client is to go elsewhere for the next call: its connection is to be closed (GOAWAY).
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        return recovery.IsRecovering && !(context.Request.Path.Value ?? "").StartsWith(OfTheProtocol, StringComparison.Ordinal)
            ? server.RefuseAsync(context, GrpcErrors.Of(recovery.Describe()))
            : server.InvokeAsync(context);
    }

    /// <summary>A batch at its limit, or one key with its value and what else may be said of it.</summary>
    private static int MaxMessageBytes(LimitsOptions limits)
    {
        const int Others = 4_096;
        return Math.Max(limits.MaxBatchBytes, limits.MaxKeyBytes + limits.MaxValueBytes + Others);
    }
}
