using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Reflection.V1;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;
using static KvStore.Grpc.Health.V1.HealthCheckResponse.Types;

namespace KvStore.Tests.Integration.Grpc;

public sealed class DrainTests
{
    [Fact]
    public async Task While_draining_calls_are_answered_and_streams_end_and_no_other_begins()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        using var client = new GrpcClient(service.GrpcAddress);
        using var subscription = await client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        using var health = client.WatchHealth();
        (await health.ResponseStream.MoveNext()).Should().BeTrue();
        await client.SetAsync("a");

        service.Terminate();

        var keys = new List<string>();
        var end = await GrpcFailure.ExceptionAsync(subscription, change => keys.Add(change.Key));
        keys.Should().Equal("a");
        (end.StatusCode, end.Trailers.Get("kvstore-error-code"), end.Trailers.Get("kvstore-revision"))
            .Should().Be((StatusCode.Unavailable, "draining", "1"));
        var statuses = new List<ServingStatus>();
        var healthEnd = await GrpcFailure.ExceptionAsync(health, response => statuses.Add(response.Status));
        statuses.Should().Equal(ServingStatus.NotServing);
        (healthEnd.StatusCode, healthEnd.Trailers.Get("kvstore-error-code")).Should().Be((StatusCode.Unavailable, "draining"));

        (await client.SetAsync("b")).Should().Be(2);
        (await client.CheckHealthAsync()).Should().Be(ServingStatus.NotServing);
        (await GrpcFailure.OfAsync(client.Store.Subscribe(new SubscribeRequest { AllKeys = true }, GrpcClient.Patiently)))
            .Should().Be((StatusCode.Unavailable, "draining"));
        using var late = client.WatchHealth();
        (await GrpcFailure.ExceptionAsync(late)).StatusCode.Should().Be(StatusCode.Unavailable);
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
    }

    [Fact]
    public async Task While_draining_every_answer_has_its_client_connect_anew()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, stop) =>
            {
                connections++;
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, stop);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress(
            service.GrpcAddress.GetLeftPart(UriPartial.Authority), new GrpcChannelOptions { HttpHandler = handler });
        var store = new KeyValueStoreClient(channel);
        await store.SetAsync(new SetRequest { Key = "a", Value = "v" });
        await store.SetAsync(new SetRequest { Key = "a", Value = "v" });
        connections.Should().Be(1);

        service.Terminate();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (connections == 1)
        {
            // Each is answered, on whatever connection.
            (await store.GetAsync(new GetRequest { Key = "a" }, new CallOptions(CancellationToken: patience.Token))).Found.Should().BeTrue();
        }
    }

    [Fact]
    public async Task A_connection_with_nothing_but_a_subscription_is_closed_when_that_ends()
    {
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:DrainSeconds=300");
        using var connection = new Http2Connection(service.GrpcAddress);
        var stream = connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Subscribe));
        connection.SendData(stream, GrpcCalls.SubscribeOf("k"));
        connection.ReadUntil(stream, answer => answer.Headers.Count > 0);

        service.Terminate();

        connection.Read(stream).Ending("kvstore-error-code").Should().Be("draining");
        connection.ReadToEnd().Should().Be(Http2Connection.NoError);
    }

    [Fact]
    public async Task Open_streams_do_not_hold_up_the_exit()
    {
        // If they did, the exit would come after the test's patience.
        await using var service = await ServiceProcess.StartAsync("--KvStore:Lifecycle:StopSeconds=300");
        using var client = new GrpcClient(service.GrpcAddress);
        using var subscription = await client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        using var health = client.WatchHealth();
        (await health.ResponseStream.MoveNext()).Should().BeTrue();
        using var reflection = client.Channel.AsyncDuplexStreamingCall(
            new Method<ServerReflectionRequest, ServerReflectionResponse>(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo"),
            GrpcClient.Patiently);
        await reflection.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        (await reflection.ResponseStream.MoveNext()).Should().BeTrue();

        service.Terminate();

        (await service.WaitForExitAsync()).Should().Be(0);
        (await GrpcFailure.ExceptionAsync(subscription)).StatusCode.Should().Be(StatusCode.Unavailable);
        var end = await FluentActions.Awaiting(() => reflection.ResponseStream.MoveNext()).Should().ThrowAsync<RpcException>();
        end.Which.StatusCode.Should().Be(StatusCode.Unavailable);
        service.Output.Should().NotContain(line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal));
    }
}
