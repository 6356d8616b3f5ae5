using KvStore.Api.Options;
using KvStore.Grpc.Server;

namespace KvStore.Api.Grpc;

/// <summary>Wires the gRPC services.</summary>
internal static class GrpcSetup
{
    /// <summary>Adds the services and their server.</summary>
    public static void AddGrpc(this IServiceCollection services)
    {
        services.AddSingleton<IGrpcService, BigTableLiteService>();
        services.AddSingleton(provider => new GrpcServer(
            provider.GetServices<IGrpcService>(),
            new GrpcServerOptions { MaxMessageBytes = MaxMessageBytes(provider.GetRequiredService<LimitsOptions>()) }));
    }

    /// <summary>Answers what comes over HTTP/2: only the gRPC port takes it, and it takes nothing else.</summary>
    public static void UseGrpc(this WebApplication app)
    {
        var server = app.Services.GetRequiredService<GrpcServer>();
        app.Use(next => context => HttpProtocol.IsHttp2(context.Request.Protocol) ? server.InvokeAsync(context) : next(context));
    }

    /// <summary>A batch at its limit, or one key with its value and what else may be said of it.</summary>
    private static int MaxMessageBytes(LimitsOptions limits)
    {
        const int Others = 4_096;
        return Math.Max(limits.MaxBatchBytes, limits.MaxKeyBytes + limits.MaxValueBytes + Others);
    }
}
