using Google.Protobuf;
using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Client;
using KvStore.Grpc.Health.V1;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace KvStore.Tests.Support;

/// <summary>A client of all services on a gRPC port.</summary>
internal sealed class GrpcClient : IDisposable
{
    private static readonly ServiceDescriptor BigTableLiteService = BigtableliteReflection.Descriptor.Services[0];
    private static readonly ServiceDescriptor HealthService = HealthReflection.Descriptor.Services[0];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public GrpcClient(Uri address)
    {
        Channel = GrpcChannel.ForAddress(
            address.GetLeftPart(UriPartial.Authority), new GrpcChannelOptions { MaxReceiveMessageSize = 256 * 1_024 * 1_024 });
        Store = new KeyValueStoreClient(Channel);
    }

    public GrpcChannel Channel { get; }

    public KeyValueStoreClient Store { get; }

    /// <summary>For what must end by itself: a test that would wait for longer has failed.</summary>
    public static CallOptions Patiently => new(Deadline: DateTime.UtcNow + Patience);

    /// <summary>Calls a method of BigTableLite.</summary>
    public async Task<TResponse> BigTableLiteAsync<TRequest, TResponse>(string method, TRequest request)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var call = Channel.AsyncUnaryCall(new Method<TRequest, TResponse>(BigTableLiteService, method), Patiently, request);
        return await call;
    }

    /// <summary>Sets a key to a text; its revision.</summary>
    public async Task<long> SetAsync(string key, string value = "v") =>
        (await Store.SetAsync(new KvStore.Grpc.KeyValue.SetRequest { Key = key, Value = value }, Patiently)).Revision;

    public async Task<HealthCheckResponse.Types.ServingStatus> CheckHealthAsync(string service = "")
    {
        var method = new Method<HealthCheckRequest, HealthCheckResponse>(HealthService, "Check");
        return (await Channel.AsyncUnaryCall(method, Patiently, new HealthCheckRequest { Service = service })).Status;
    }

    public AsyncServerStreamingCall<HealthCheckResponse> WatchHealth(string service = "") => Channel.AsyncServerStreamingCall(
        new Method<HealthCheckRequest, HealthCheckResponse>(HealthService, "Watch"), Patiently, new HealthCheckRequest { Service = service });

    /// <summary>Begins to follow changes, and waits until that has begun.</summary>
    public async Task<AsyncServerStreamingCall<ChangeEvent>> SubscribeAsync(SubscribeRequest request)
    {
        var call = Store.Subscribe(request, Patiently);
        await call.ResponseHeadersAsync;
        return call;
    }

    /// <summary>The messages of a search.</summary>
    public async Task<List<SearchResult>> SearchAsync(SearchRequest request)
    {
        using var call = Store.Search(request, Patiently);
        var results = new List<SearchResult>();
        await foreach (var result in call.ResponseStream.ReadAllAsync())
        {
            results.Add(result);
        }

        return results;
    }

    public void Dispose() => Channel.Dispose();
}

/// <summary>How calls fail.</summary>
internal static class GrpcFailure
{
    /// <summary>Awaits a call that fails: its status, and the code that goes with it, which the message must begin with.</summary>
    public static async Task<(StatusCode Status, string Code)> OfAsync<T>(AsyncUnaryCall<T> call)
        where T : class, IMessage<T>, new()
    {
        using (call)
        {
            var failed = await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<RpcException>();
            return Of(failed.Which);
        }
    }

    /// <summary>The same of a stream, after the messages that it has.</summary>
    public static async Task<(StatusCode Status, string Code)> OfAsync<T>(AsyncServerStreamingCall<T> call)
        where T : class, IMessage<T>, new()
    {
        using (call)
        {
            return Of(await ExceptionAsync(call));
        }
    }

    /// <summary>What ends a stream, after the messages that it has.</summary>
    public static async Task<RpcException> ExceptionAsync<T>(AsyncServerStreamingCall<T> call, Action<T>? take = null)
        where T : class, IMessage<T>, new()
    {
        try
        {
            while (await call.ResponseStream.MoveNext())
            {
                take?.Invoke(call.ResponseStream.Current);
            }
        }
        catch (RpcException exception)
        {
            return exception;
        }

        throw new InvalidOperationException("The stream ended as one that has failed in nothing.");
    }

    private static (StatusCode Status, string Code) Of(RpcException exception)
    {
        var code = exception.Trailers.Get("kvstore-error-code")!;
        exception.Status.Detail.Should().StartWith(code + ": ");
        return (exception.StatusCode, code);
    }
}
