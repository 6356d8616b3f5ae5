using Google.Protobuf.Reflection;
using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>A service that sends metadata back, before its answer and behind it.</summary>
internal sealed class EchoServer : IGrpcService, IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        var server = new GrpcServer([this]);
        _app.Use(_ => server.InvokeAsync);
    }

    /// <summary>Where it takes calls.</summary>
    public Uri Address => new(_app.Urls.Single());

    public ServiceDescriptor Descriptor => BigtableliteReflection.Descriptor.Services[0];

    /// <summary>Starts it on a free port.</summary>
    public static async Task<EchoServer> StartAsync()
    {
        var server = new EchoServer();
        await server._app.StartAsync();
        return server;
    }

    public void Bind(MethodBinder methods) => methods
        .Unary<GetRequest, GetResponse>("Get", EchoAsync)
        .Unary<SetRequest, SetResponse>("Set", (_, _) => throw new InvalidOperationException("secret"))
        .Unary<DeleteRequest, DeleteResponse>("Delete", (_, _) => new(new DeleteResponse()));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async ValueTask<GetResponse> EchoAsync(GetRequest request, ServerCallContext context)
    {
        var headers = new Metadata();
        foreach (var entry in context.RequestHeaders.Where(entry => entry.Key.StartsWith("x-", StringComparison.Ordinal)))
        {
            Add(headers, entry);
            Add(context.ResponseTrailers, entry);
        }

        await context.WriteResponseHeadersAsync(headers);
        return new GetResponse { Found = true, Value = request.Key };
    }

    private static void Add(Metadata metadata, Metadata.Entry entry)
    {
        if (entry.Key.EndsWith(Metadata.BinarySuffix, StringComparison.Ordinal))
        {
            metadata.Add(entry.Key, entry.Bytes);
        }
        else
        {
            metadata.Add(entry.Key, entry.Value);
        }
    }
}
