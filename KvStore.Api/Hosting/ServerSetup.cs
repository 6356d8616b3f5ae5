using KvStore.Api.Endpoints;
using KvStore.Api.Http;
using KvStore.Api.Options;
using KvStore.Core.Store;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Api.Hosting;

/// <summary>Sets up Kestrel: ports and limits.</summary>
internal static class ServerSetup
{
    // The contract's 16 KiB for a request target; and room beside it for the longest method, the version and the spaces.
    private const int MinTargetBytes = 16 * 1_024;
    private const int BesideTarget = 64;

    // The longest target of ours is a page's link: prefix, suffix and cursor, each a key with every byte escaped.
    private const int TargetBytesForKeyByte = 9;
    private const int OtherParameters = 512;
    private const int MaxHeadersBytes = 32 * 1_024;
    private const int MaxHeaders = 100;
    private static readonly TimeSpan DataRateGrace = TimeSpan.FromSeconds(5);

    // Proxies close what has been silent for as little as 30 seconds; and a client that is gone without a word is noticed so.
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(15);

    /// <summary>Configures the server from the settings; docs/limits.md says what happens at each limit.</summary>
    public static void AddServer(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<KestrelServerOptions>().Configure<ServerOptions, LimitsOptions, IConfiguration>(
            (kestrel, server, limits, configuration) =>
            {
                kestrel.AddServerHeader = false;

                // Of a proxy that ends TLS: it may say of a call that it came by https.
                kestrel.AllowAlternateSchemes = true;
                SetLimits(kestrel.Limits, limits);
                kestrel.ListenOn(server, configuration["urls"]);
            });
        builder.Services.AddOptions<HostOptions>().Configure<LifecycleOptions>(
            (host, lifecycle) => host.ShutdownTimeout = TimeSpan.FromSeconds(lifecycle.StopSeconds));

        builder.Services.AddSingleton<AdminAccess>();
        builder.Services.AddSingleton<Lifecycle>();
        builder.Services.AddSingleton<IHostLifetime, DrainingLifetime>();
    }

    private static void SetLimits(KestrelServerLimits kestrel, LimitsOptions limits)
    {
        var rate = limits.MinBytesPerSecond == 0 ? null : new MinDataRate(limits.MinBytesPerSecond, DataRateGrace);
        kestrel.MaxRequestLineSize = BesideTarget
            + Math.Max(MinTargetBytes, (TargetBytesForKeyByte * limits.MaxKeyBytes) + OtherParameters);
        kestrel.MaxRequestHeadersTotalSize = MaxHeadersBytes;
        kestrel.MaxRequestHeaderCount = MaxHeaders;
        kestrel.MaxRequestBodySize = Math.Max(
            SetEndpoint.BodyLimit(new StoreLimits(limits.MaxKeyBytes, limits.MaxValueBytes)), limits.MaxBatchBytes);
        kestrel.MaxConcurrentConnections = limits.MaxConnections;
        kestrel.KeepAliveTimeout = TimeSpan.FromSeconds(limits.KeepAliveSeconds);
        kestrel.RequestHeadersTimeout = TimeSpan.FromSeconds(limits.HeaderSeconds);
        kestrel.MinRequestBodyDataRate = rate;
        kestrel.MinResponseDataRate = rate;

        // Subscriptions of one client share a connection, and each is a call that does not end.
        kestrel.Http2.MaxStreamsPerConnection = limits.MaxStreams;
        kestrel.Http2.KeepAlivePingDelay = PingInterval;
    }
}
