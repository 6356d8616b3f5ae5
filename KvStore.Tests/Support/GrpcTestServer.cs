using KvStore.Grpc.Client;
using KvStore.Grpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Support;

/// <summary>A server that answers as a test says, over HTTP/2 without TLS on a free port.</summary>
internal sealed class GrpcTestServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private GrpcTestServer(WebApplication application) => _application = application;

    /// <summary>Where it is, as <c>host:port</c>.</summary>
    public string Address => new Uri(_application.Urls.Single()).Authority;

    /// <summary>Starts a server of services.</summary>
    public static Task<GrpcTestServer> StartAsync(params IGrpcService[] services) => StartAsync(new GrpcServer(services).InvokeAsync);

    /// <summary>Starts a server that answers every request in one way.</summary>
    public static async Task<GrpcTestServer> StartAsync(RequestDelegate answer, HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listener => listener.Protocols = protocols));
        var application = builder.Build();
        application.Run(answer);
        await application.StartAsync();
        return new GrpcTestServer(application);
    }

    /// <summary>Opens a way to it.</summary>
    public GrpcChannel OpenChannel(GrpcChannelOptions? options = null) => GrpcChannel.ForAddress(Address, options);

    public async ValueTask DisposeAsync()
    {
        // Calls that are still open are the test's, and need not be waited for.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }
}
