using System.Net;
using System.Net.Sockets;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>What a client makes of servers that do not answer as they should, and of those that are not there.</summary>
public sealed class GrpcClientFaultTests
{
    // An empty GetResponse.
    private static readonly byte[] Message = [0, 0, 0, 0, 0];

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(418, StatusCode.Unknown)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    public async Task A_status_of_http_stands_for_one_of_grpc(int status, StatusCode code)
    {
        var error = await CallAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        error.StatusCode.Should().Be(code);
        error.Status.Detail.Should().Contain($"{status}");
    }

    [Fact]
    public async Task A_status_of_grpc_wins_over_one_of_http()
    {
        var error = await CallAsync(context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers["grpc-status"] = "8";
            context.Response.Headers["grpc-message"] = "too%20much%21 100% %zz";
            return Task.CompletedTask;
        });

        error.Status.Should().Be(new Status(StatusCode.ResourceExhausted, "too much! 100% %zz"));
    }

    [Theory]
    [InlineData("99")]
    [InlineData("x")]
    [InlineData("-1")]
    public async Task A_status_that_there_is_not_is_unknown(string status)
    {
        var error = await CallAsync(context =>
        {
            context.Response.Headers["grpc-status"] = status;
            return Task.CompletedTask;
        });

        error.StatusCode.Should().Be(StatusCode.Unknown);
    }

    [Fact]
    public async Task An_answer_of_another_kind_is_unknown()
    {
        var error = await CallAsync(context => context.Response.WriteAsync("hello"));

        error.StatusCode.Should().Be(StatusCode.Unknown);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public async Task An_answer_without_its_one_message_or_its_status_is_broken(int messages, bool hasStatus)
    {
        var error = await CallAsync(async context =>
        {
            await BeginAsync(context);
            for (var i = 0; i < messages; i++)
            {
                await context.Response.Body.WriteAsync(Message);
            }

            if (hasStatus)
            {
                context.Response.AppendTrailer("grpc-status", "0");
            }
        });

        error.StatusCode.Should().Be(StatusCode.Internal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task An_answer_that_is_cut_short_is_broken(int bytes)
    {
        var error = await CallAsync(async context =>
        {
            await BeginAsync(context);
            await context.Response.Body.WriteAsync(((byte[])[0, 0, 0, 0, 9, 1, 2]).AsMemory(0, bytes));
            context.Response.AppendTrailer("grpc-status", "0");
        });

        error.StatusCode.Should().Be(StatusCode.Internal);
    }

    [Theory]
    [InlineData(1, StatusCode.Internal)]
    [InlineData(2, StatusCode.Internal)]
    [InlineData(3, StatusCode.Internal)]
    [InlineData(7, StatusCode.Unavailable)]
    [InlineData(8, StatusCode.Cancelled)]
    [InlineData(11, StatusCode.ResourceExhausted)]
    [InlineData(12, StatusCode.PermissionDenied)]
    public async Task A_reset_stream_has_the_status_of_its_code(int code, StatusCode status)
    {
        var error = await CallAsync(async context =>
        {
            await BeginAsync(context);
            context.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
        });

        error.StatusCode.Should().Be(status);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        (await CallAsync($"127.0.0.1:{port}")).Status.Should().Be(new Status(StatusCode.Unavailable, "Connection refused"));
        (await CallAsync("no-such-host.invalid:50051")).StatusCode.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task A_connection_that_closes_without_a_word_is_unavailable()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var call = CallAsync($"{silent.LocalEndpoint}");
        using (await silent.AcceptTcpClientAsync())
        {
            // Not to be tried again.
            silent.Stop();
        }

        (await call).StatusCode.Should().Be(StatusCode.Unavailable);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_unavailable()
    {
        byte[] settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        var second = TimeSpan.FromSeconds(1);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var call = CallAsync($"{listener.LocalEndpoint}", new GrpcChannelOptions { KeepAlivePingDelay = second, KeepAlivePingTimeout = second });
        using var silent = await listener.AcceptTcpClientAsync();
        await silent.GetStream().WriteAsync(settings);

        (await call).Status.Should().Be(new Status(StatusCode.Unavailable, "It does not answer any more."));
    }

    [Fact]
    public async Task A_server_of_http_1_is_unavailable()
    {
        await using var server = await GrpcTestServer.StartAsync(context => context.Response.WriteAsync("hello"), HttpProtocols.Http1);

        (await CallAsync(server.Address)).Status.Should().Be(new Status(StatusCode.Unavailable, "It speaks HTTP/1.1 at this port, and no gRPC."));
    }

    private static async Task BeginAsync(HttpContext context)
    {
        context.Response.ContentType = "application/grpc";
        await context.Response.StartAsync();
    }

    private static async Task<RpcException> CallAsync(RequestDelegate answer)
    {
        await using var server = await GrpcTestServer.StartAsync(answer);
        return await CallAsync(server.Address);
    }

    private static async Task<RpcException> CallAsync(string address, GrpcChannelOptions? options = null)
    {
        using var channel = GrpcChannel.ForAddress(address, options);
        var call = new KeyValueStoreClient(channel).GetAsync(new GetRequest());
        return (await ((Func<Task>)(() => call.ResponseAsync)).Should().ThrowAsync<RpcException>()).Which;
    }
}
