using Google.Protobuf.Reflection;
using KvStore.Grpc.KeyValue;

namespace KvStore.Grpc.Client;

/// <summary>Calls <c>kvstore.KeyValueStore</c>; Protos/kvstore.proto says what its methods do.</summary>
/// <remarks>Safe for any number of calls at once. A call that ends with another status than OK throws <see cref="Protocol.RpcException"/>.</remarks>
/// <param name="channel">The way to the server.</param>
public sealed class KeyValueStoreClient(GrpcChannel channel)
{
    private static readonly ServiceDescriptor Service = KvstoreReflection.Descriptor.FindTypeByName<ServiceDescriptor>("KeyValueStore");
    private static readonly Method<GetRequest, GetResponse> GetMethod = new(Service, "Get");
    private static readonly Method<SetRequest, SetResponse> SetMethod = new(Service, "Set");
    private static readonly Method<DeleteRequest, DeleteResponse> DeleteMethod = new(Service, "Delete");
    private static readonly Method<CountRequest, CountResponse> CountMethod = new(Service, "Count");
    private static readonly Method<BatchRequest, BatchResponse> BatchMethod = new(Service, "Batch");
    private static readonly Method<SearchRequest, SearchResult> SearchMethod = new(Service, "Search");
    private static readonly Method<SubscribeRequest, ChangeEvent> SubscribeMethod = new(Service, "Subscribe");

    /// <summary>Reads a key.</summary>
    public AsyncUnaryCall<GetResponse> GetAsync(GetRequest request, CallOptions options = default) =>
        channel.AsyncUnaryCall(GetMethod, options, request);

    /// <summary>Sets a key.</summary>
    public AsyncUnaryCall<SetResponse> SetAsync(SetRequest request, CallOptions options = default) =>
        channel.AsyncUnaryCall(SetMethod, options, request);

    /// <summary>Deletes a key.</summary>
    public AsyncUnaryCall<DeleteResponse> DeleteAsync(DeleteRequest request, CallOptions options = default) =>
        channel.AsyncUnaryCall(DeleteMethod, options, request);

    /// <summary>Counts keys.</summary>
    public AsyncUnaryCall<CountResponse> CountAsync(CountRequest request, CallOptions options = default) =>
        channel.AsyncUnaryCall(CountMethod, options, request);

    /// <summary>Carries out operations in order.</summary>
    public AsyncUnaryCall<BatchResponse> BatchAsync(BatchRequest request, CallOptions options = default) =>
        channel.AsyncUnaryCall(BatchMethod, options, request);

    /// <summary>Lists keys.</summary>
    public AsyncServerStreamingCall<SearchResult> Search(SearchRequest request, CallOptions options = default) =>
        channel.AsyncServerStreamingCall(SearchMethod, options, request);

    /// <summary>Follows changes.</summary>
    public AsyncServerStreamingCall<ChangeEvent> Subscribe(SubscribeRequest request, CallOptions options = default) =>
        channel.AsyncServerStreamingCall(SubscribeMethod, options, request);
}
