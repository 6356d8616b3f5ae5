using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Server;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace KvStore.Api.Grpc;

/// <summary>The service of BigTableLite's clients.</summary>
internal sealed class BigTableLiteService(IKeyValueStore store) : IGrpcService
{
    /// <summary>The service's full name.</summary>
    public static readonly string Name = BigtableliteReflection.Descriptor.Services[0].FullName;

    private const string Done = "OK", Missing = "key-not-found";

    /// <inheritdoc />
    public ServiceDescriptor Descriptor => BigtableliteReflection.Descriptor.Services[0];

    /// <inheritdoc />
    public void Bind(MethodBinder methods) => methods
        .Unary<SetRequest, SetResponse>("Set", SetAsync)
        .Unary<GetRequest, GetResponse>("Get", GetAsync)
        .Unary<DeleteRequest, DeleteResponse>("Delete", DeleteAsync);

    private async ValueTask<SetResponse> SetAsync(SetRequest request, ServerCallContext context)
    {
        var write = await store.SetAsync(request.Key, request.Value, default);
        return write.Error == ErrorCode.None ? new SetResponse { Success = true, Message = Done } : throw Failed(write.Error);
    }

    private async ValueTask<GetResponse> GetAsync(GetRequest request, ServerCallContext context)
    {
        using var value = ValueBuffer.Rent();
        var read = await store.GetAsync(request.Key, value, context.CancellationToken);
        if (read.Error != ErrorCode.None)
        {
            return read.Error == ErrorCode.KeyNotFound ? new GetResponse { Message = Missing } : throw Failed(read.Error);
        }

        var (text, bytes) = value.ToFields(asBytes: false);
        return bytes.IsEmpty ? new GetResponse { Found = true, Value = text, Message = Done } : throw Failed(ErrorCode.NotText);
    }

    private async ValueTask<DeleteResponse> DeleteAsync(DeleteRequest request, ServerCallContext context)
    {
        var write = await store.DeleteAsync(request.Key, default);
        return write.Error switch
        {
            ErrorCode.None => new DeleteResponse { Success = true, Message = Done },
            ErrorCode.KeyNotFound => new DeleteResponse { Message = Missing },
            _ => throw Failed(write.Error),
        };
    }

    private Exception Failed(ErrorCode code) => GrpcErrors.Of(code == ErrorCode.NotText
        ? new Problem(code, "The value is not UTF-8. Read it with kvstore.KeyValueStore, or over HTTP.")
        : Problem.OfStore(code, store.Limits));
}
