using Google.Protobuf.Reflection;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;

namespace KvStore.Tests.Support;

/// <summary><c>kvstore.KeyValueStore</c> with the answers that a test gives it; UNIMPLEMENTED where it gives none.</summary>
internal sealed class ScriptedStore : IGrpcService
{
    public UnaryMethod<GetRequest, GetResponse> Get { get; init; } = (_, _) => throw NotScripted();

    public UnaryMethod<BatchRequest, BatchResponse> Batch { get; init; } = (_, _) => throw NotScripted();

    public ServerStreamingMethod<SubscribeRequest, ChangeEvent> Subscribe { get; init; } = (_, _, _) => throw NotScripted();

    public ServerStreamingMethod<SearchRequest, SearchResult> Search { get; init; } = (_, _, _) => throw NotScripted();

    public ServiceDescriptor Descriptor => KvstoreReflection.Descriptor.Services[0];

    public void Bind(MethodBinder methods) => methods
        .Unary("Get", Get)
        .Unary<SetRequest, SetResponse>("Set", (_, _) => throw NotScripted())
        .Unary<DeleteRequest, DeleteResponse>("Delete", (_, _) => throw NotScripted())
        .Unary<CountRequest, CountResponse>("Count", (_, _) => throw NotScripted())
        .Unary("Batch", Batch)
        .ServerStreaming("Search", Search)
        .ServerStreaming("Subscribe", Subscribe);

    private static RpcException NotScripted() => new(new Status(StatusCode.Unimplemented, "The test does not say."));
}
