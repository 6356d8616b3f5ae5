using System.Buffers;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Server;
using BatchResult = KvStore.Core.Store.Batches.BatchResult;
using WireResult = KvStore.Grpc.KeyValue.BatchResult;

namespace KvStore.Api.Grpc;

/// <summary>Carries out a batch and gathers its results in one message.</summary>
/// <remarks>A client that goes does not end it: what it asked for is carried out. Not thread safe.</remarks>
internal sealed class BatchCall(IKeyValueStore store, Batch batch, BatchRequest request, ServerCallContext context) : IBatchResults
{
    // A message is in memory as a whole, so the values that a batch can read have a bound: that of those which an atomic one keeps.
    private const int MostValueBytes = 64 * 1_024 * 1_024;
    private const int ResultsInARow = 1_024;
    private const int BytesOfCharacter = 2;

    private readonly BatchResponse _response = new();
    private readonly ValueBuffer _value = ValueBuffer.Rent();
    private long _valueBytes;

    /// <summary>Carries it out.</summary>
    /// <exception cref="KvStore.Grpc.Protocol.RpcException">It is atomic, and nothing of it was carried out.</exception>
    public async ValueTask<BatchResponse> RunAsync()
    {
        using (_value)
        {
            // Grown step by step it would be there twice in the end.
            _response.Results.Capacity = batch.Count;
            if (!request.Atomic)
            {
                var next = await store.ExecuteAsync(batch, 0, this, CancellationToken.None);
                while (next < batch.Count)
                {
                    // A long batch would keep the thread to itself.
                    await Task.Yield();
                    next = await store.ExecuteAsync(batch, next, this, CancellationToken.None);
                }

                return _response;
            }

            var outcome = await store.ExecuteAtomicallyAsync(batch, CancellationToken.None);
            if (!outcome.IsCarriedOut)
            {
                throw GrpcErrors.Of(Problem.Batch(outcome, store.Limits));
            }

            // In one go, as it was carried out: until then the values that it has read are kept twice.
            for (var delivered = 0; delivered < batch.Count;)
            {
                delivered = outcome.Deliver(delivered, this);
            }

            return _response;
        }
    }

    /// <inheritdoc />
    public IBufferWriter<byte> BeginValue()
    {
        _value.Clear();
        return _value;
    }

    /// <inheritdoc />
    public bool Add(in BatchResult result)
    {
        _response.Results.Add(ToMessage(result));
        return _response.Results.Count % ResultsInARow != 0;
    }

    private WireResult ToMessage(in BatchResult result) => result switch
    {
        // As alone: what is not there is no error.
        { Kind: BatchKind.Get, Error: ErrorCode.KeyNotFound } => new WireResult { Get = new GetResponse() },
        { Kind: BatchKind.Delete, Error: ErrorCode.KeyNotFound } => new WireResult { Delete = new DeleteResponse() },
        { Error: not ErrorCode.None } => Failed(result.Error),
        { Kind: BatchKind.Set } => new WireResult { Set = KeyValueStoreService.ToResponse(result.Revision, result.Created) },
        { Kind: BatchKind.Delete } => new WireResult { Delete = new DeleteResponse { Deleted = true, Revision = result.Revision } },
        _ => ToGet(result),
    };

    private static WireResult Failed(ErrorCode code) => new() { Code = ErrorCatalogue.Describe(code).Name };

    private WireResult ToGet(in BatchResult result)
    {
        if (_valueBytes + _value.Written.Length > MostValueBytes)
        {
            return Failed(ErrorCode.RequestTooLarge);
        }

        // Its objects have room since the message came.
        if (!context.TryHold(BytesOfCharacter * ((long)_value.Written.Length + result.ContentType.Length)))
        {
            return Failed(ErrorCode.RateLimited);
        }

        _valueBytes += _value.Written.Length;
        var (text, bytes) = _value.ToFields(request.Operations[_response.Results.Count].Get.AsBytes);
        return new WireResult
        {
            Get = new GetResponse
            {
                Found = true,
                Value = text,
                ValueBytes = bytes,
                ContentType = result.ContentType,
                Revision = result.Revision,
                ExpiresAt = result.ExpiresAt,
            },
        };
    }
}
