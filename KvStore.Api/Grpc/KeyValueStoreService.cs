using System.Text;
using KvStore.Api.Http;
using KvStore.Api.Options;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using BatchResponse = KvStore.Grpc.KeyValue.BatchResponse;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;
using SetRequest = KvStore.Grpc.KeyValue.SetRequest;

namespace KvStore.Api.Grpc;

/// <summary>The store over gRPC: parses, calls, answers. What a field may hold is checked by the code that checks it for REST.</summary>
internal sealed class KeyValueStoreService(IKeyValueStore store, WatchGate watches, LimitsOptions limits) : IGrpcService
{
    private const string Done = "OK";
    private const string NothingMeant = "must not be empty, unless suffix or all_keys says which keys to follow";

    /// <inheritdoc />
    public ServiceDescriptor Descriptor => KvstoreReflection.Descriptor.Services[0];

    /// <inheritdoc />
    public void Bind(MethodBinder methods) => methods
        .Unary<GetRequest, GetResponse>("Get", GetAsync)
        .Unary<SetRequest, SetResponse>("Set", SetAsync)
        .Unary<DeleteRequest, DeleteResponse>("Delete", DeleteAsync)
        .Unary<CountRequest, CountResponse>("Count", CountAsync)
        .Unary<BatchRequest, BatchResponse>("Batch", BatchAsync)
        .ServerStreaming<SearchRequest, SearchResult>("Search", SearchAsync)
        .ServerStreaming<SubscribeRequest, ChangeEvent>("Subscribe", SubscribeAsync);

    /// <summary>What a set that was carried out is answered.</summary>
    public static SetResponse ToResponse(long revision, bool created) =>
        new() { Success = true, Message = Done, Revision = revision, Created = created };

    private async ValueTask<GetResponse> GetAsync(GetRequest request, ServerCallContext context)
    {
        using var value = ValueBuffer.Rent();
        var read = await store.GetAsync(request.Key, value, context.CancellationToken);
        if (read.Error != ErrorCode.None)
        {
            return read.Error == ErrorCode.KeyNotFound ? new GetResponse() : throw Failed(read.Error);
        }

        var (text, bytes) = value.ToFields(request.AsBytes);
        return new GetResponse
        {
            Found = true,
            Value = text,
            ValueBytes = bytes,
            ContentType = read.ContentType,
            Revision = read.Revision,
            ExpiresAt = read.ExpiresAt,
        };
    }

    private async ValueTask<SetResponse> SetAsync(SetRequest request, ServerCallContext context)
    {
        var errors = new FieldErrors();
        var options = SetMessage.ReadOptions(request, errors);
        ThrowIfAny(errors);
        var write = await (request.HasValueBytes
            ? store.SetAsync(request.Key, request.ValueBytes, options)
            : store.SetAsync(request.Key, request.Value, options));
        return write.Error == ErrorCode.None ? ToResponse(write.Revision, write.Created) : throw Failed(write.Error, write.Revision);
    }

    private async ValueTask<DeleteResponse> DeleteAsync(DeleteRequest request, ServerCallContext context)
    {
        var errors = new FieldErrors();
        var condition = SetMessage.ReadCondition(request.HasIfRevision, request.IfRevision, errors);
        ThrowIfAny(errors);
        var write = await store.DeleteAsync(request.Key, condition);
        return write.Error switch
        {
            ErrorCode.None => new DeleteResponse { Deleted = true, Revision = write.Revision },
            ErrorCode.KeyNotFound => new DeleteResponse(),
            _ => throw Failed(write.Error, write.Revision),
        };
    }

    private async ValueTask<CountResponse> CountAsync(CountRequest request, ServerCallContext context) =>
        new() { Count = await store.CountAsync(Filter(request.Prefix, request.Suffix), context.CancellationToken) };

    private async ValueTask<BatchResponse> BatchAsync(BatchRequest request, ServerCallContext context)
    {
        var size = request.CalculateSize();
        if (size > limits.MaxBatchBytes)
        {
            throw GrpcErrors.Of(Problem.RequestTooLarge(limits.MaxBatchBytes));
        }

        var errors = new FieldErrors();
        using var batch = new BatchMessage(request, size, errors);
        ThrowIfAny(errors);
        return await new BatchCall(store, batch.Batch, request, context).RunAsync();
    }

    private async Task SearchAsync(SearchRequest request, ServerStreamWriter<SearchResult> results, ServerCallContext context)
    {
        var errors = new FieldErrors();
        if (request.Limit is not (0 or >= 1 and <= ListQuery.MaxLimit))
        {
            errors.AddRange("limit", 1, ListQuery.MaxLimit);
        }

        ThrowIfAny(errors);
        await new SearchCall(store, request, Filter(request.Prefix, request.Suffix), results, context).RunAsync();
    }

    private async Task SubscribeAsync(SubscribeRequest request, ServerStreamWriter<ChangeEvent> events, ServerCallContext context)
    {
        var filter = Filter(request.KeyPattern, request.Suffix);
        var errors = new FieldErrors();
        if (filter.IsEmpty && !request.AllKeys)
        {
            errors.Add("key_pattern", NothingMeant);
        }

        if (request.SinceRevision < 0)
        {
            errors.Add("since_revision", WatchQuery.Revisions);
        }

        ThrowIfAny(errors);
        if (!watches.TryOpen(filter, request.HasSinceRevision ? request.SinceRevision : null, out var watcher, out var problem))
        {
            throw GrpcErrors.Of(problem);
        }

        using (watcher)
        {
            await new SubscribeCall(watcher, watches.Capacity, request.AsBytes, events, context).RunAsync(store.Statistics.HistoryId);
        }
    }

    private static KeyFilter Filter(string prefix, string suffix) => new(Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(suffix));

    private static void ThrowIfAny(FieldErrors errors)
    {
        if (!errors.IsEmpty)
        {
            throw GrpcErrors.Of(Problem.Invalid(errors));
        }
    }

    private RpcException Failed(ErrorCode code, long currentRevision = 0) =>
        GrpcErrors.Of(Problem.OfStore(code, store.Limits, currentRevision));
}
