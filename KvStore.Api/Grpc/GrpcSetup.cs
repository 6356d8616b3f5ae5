using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.Options;
using KvStore.Core.Store;
using KvStore.Grpc.Health;
using KvStore.Grpc.Reflection;
using KvStore.Grpc.Server;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Grpc;

/// <summary>Wires the gRPC services.</summary>
internal static class GrpcSetup
{
    // Health and reflection, which need no store.
    private const string OfTheProtocol = "/grpc.";

    // RFC 9113 section 5.1.1: clients' streams have odd numbers.
    private const int FirstStream = 1;

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
            HttpProtocol.IsHttp2(context.Request.Protocol) ? AnswerAsync(server, lifecycle, recovery, context) : next(context));
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
            MaxMessageBytes = method => MaxMessageBytes(method, limits),
            MaxCalls = limits.MaxCalls,
            MaxLongMessagesBytes = limits.MaxCallBytes,
            Observer = provider.GetRequiredService<GrpcObserver>(),
        });
    }

    /// <summary>Answers a call. One that ends while the service drains, a stream too, has its client go elsewhere for the next: the connection is to be
    /// closed (GOAWAY).</summary>
    private static Task AnswerAsync(GrpcServer server, Lifecycle lifecycle, StoreRecovery recovery, HttpContext context)
    {
        var opensConnection = lifecycle.IsDraining && context.Features.Get<IHttp2StreamIdFeature>() is { StreamId: FirstStream };
        var answer = lifecycle.Stage != LifecycleStage.Ready && recovery.IsRecovering && !IsOfTheProtocol(context)
            ? server.RefuseAsync(context, GrpcErrors.Of(recovery.Describe()))
            : server.InvokeAsync(context);
        return answer.IsCompletedSuccessfully && !lifecycle.IsDraining ? answer : EndAsync(answer, lifecycle, opensConnection, context);
    }

    private static async Task EndAsync(Task answer, Lifecycle lifecycle, bool opensConnection, HttpContext context)
    {
        await answer;

        // Not the first of a connection that is younger than the drain: nginx makes one for each call, and takes the call for failed where the connection
        // ends before it has acknowledged its settings.
        if (lifecycle.IsDraining && !opensConnection)
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    private static bool IsOfTheProtocol(HttpContext context) =>
        (context.Request.Path.Value ?? "").StartsWith(OfTheProtocol, StringComparison.Ordinal);

    /// <summary>What has values: a batch at its limit, or one key with its value and what else may be said of it. What has none: prefix, suffix and cursor,
    /// or the 16 KiB of a request target; a stream keeps them for as long as it lasts.</summary>
    private static int MaxMessageBytes(GrpcMethod method, LimitsOptions limits)
    {
        const int Others = 4_096;
        const int Target = 16 * 1_024;
        return method.Name is "Set" or "Batch"
            ? Math.Max(limits.MaxBatchBytes, limits.MaxKeyBytes + limits.MaxValueBytes + Others)
            : Math.Max(Target, (3 * limits.MaxKeyBytes) + Others);
    }
}
