using Google.Protobuf.Reflection;
using KvStore.Grpc.Client;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Reflection.V1;
using KvStore.Grpc.Server;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class GrpcDuplexTests
{
    private static readonly Method<ServerReflectionRequest, ServerReflectionResponse> Method =
        new(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    [Fact]
    public async Task Messages_go_both_ways_in_turn()
    {
        await using var server = await GrpcTestServer.StartAsync(new Echo());
        using var channel = server.OpenChannel();
        using var call = channel.AsyncDuplexStreamingCall(Method, default);

        for (var i = 0; i < 10; i++)
        {
            await call.RequestStream.WriteAsync(new ServerReflectionRequest { Host = $"{i}" });
            (await call.ResponseStream.MoveNext()).Should().BeTrue();
            call.ResponseStream.Current.ValidHost.Should().Be($"{i}");
        }

        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext()).Should().BeFalse();
        call.GetStatus().Code.Should().Be(StatusCode.Ok);
    }

    [Fact]
    public async Task A_server_that_is_not_there_fails_both_directions()
    {
        using var channel = GrpcChannel.ForAddress("no-such-host.invalid:1");
        using var call = channel.AsyncDuplexStreamingCall(Method, default);

        (await ((Func<Task>)(() => call.RequestStream.WriteAsync(new ServerReflectionRequest())))
            .Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unavailable);
        (await ((Func<Task>)(() => call.ResponseStream.MoveNext()))
            .Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unavailable);
    }

    private sealed class Echo : IGrpcService
    {
        public ServiceDescriptor Descriptor => ReflectionReflection.Descriptor.Services[0];

        public void Bind(MethodBinder methods) => methods
            .DuplexStreaming<ServerReflectionRequest, ServerReflectionResponse>("ServerReflectionInfo", async (requests, responses, context) =>
            {
                while (await requests.ReadAsync(context.CancellationToken) is { } request)
                {
                    await responses.WriteAsync(new ServerReflectionResponse { ValidHost = request.Host });
                }
            });
    }
}
