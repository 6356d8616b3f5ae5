using System.Buffers;
using System.Text;
using System.Text.Unicode;
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
        var value = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(request.Value));
        var write = await store.SetAsync(Encoding.UTF8.GetBytes(request.Key), value, cancellationToken: context.CancellationToken);
        return write.Error == ErrorCode.None ? new SetResponse { Success = true, Message = Done } : throw Failed(write.Error);
    }

    private async ValueTask<GetResponse> GetAsync(GetRequest request, ServerCallContext context)
    {
        var value = new ArrayBufferWriter<byte>();
        var read = await store.GetAsync(Encoding.UTF8.GetBytes(request.Key), value, cancellationToken: context.CancellationToken);
        return read.Error switch
        {
            ErrorCode.None when Utf8.IsValid(value.WrittenSpan) =>
                new GetResponse { Found = true, Value = Encoding.UTF8.GetString(value.WrittenSpan), Message = Done },
            ErrorCode.None => throw Failed(ErrorCode.NotText),
            ErrorCode.KeyNotFound => new GetResponse { Message = Missing },
            _ => throw Failed(read.Error),
        };
    }

    private async ValueTask<DeleteResponse> DeleteAsync(DeleteRequest request, ServerCallContext context)
    {
        var write = await store.DeleteAsync(Encoding.UTF8.GetBytes(request.Key), cancellationToken: context.CancellationToken);
        return write.Error switch
        {
            ErrorCode.None => new DeleteResponse { Success = true, Message = Done },
            ErrorCode.KeyNotFound => new DeleteResponse { Message = Missing },
            _ => throw Failed(write.Error),
        };
    }

    private Exception Failed(ErrorCode code) => GrpcErrors.Of(Problem.OfStore(code, store.Limits));
}
