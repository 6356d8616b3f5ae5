using System.Buffers;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Grpc.KeyValue;
using BatchResult = KvStore.Core.Store.Batches.BatchResult;
using WireResult = KvStore.Grpc.KeyValue.BatchResult;

namespace KvStore.Api.Grpc;

/// <summary>Carries out a batch and gathers its results in one message.</summary>
/// <remarks>A client that goes does not end it: what it asked for is carried out. Not thread safe.</remarks>
internal sealed class BatchCall(IKeyValueStore store, Batch batch, BatchRequest request) : IBatchResults
{
    // A message is in memory as a whole, so the values that a batch can read have a bound: that of those which an atomic one keeps.
    private const int MostValueBytes = 64 * 1_024 * 1_024;
    private const int ResultsInARow = 1_024;

    private readonly BatchResponse _response = new();
    private readonly ValueBuffer _value = ValueBuffer.Rent();
    private long _valueBytes;

    /// <summary>Carries it out.</summary>
    /// <exception cref="KvStore.Grpc.Protocol.RpcException">It is atomic, and nothing of it was carried out.</exception>
    public async ValueTask<BatchResponse> RunAsync()
    {
        using (_value)
        {
            if (!request.Atomic)
            {
                await GatherAsync(start => store.ExecuteAsync(batch, start, this, CancellationToken.None));
                return _response;
            }

            var outcome = await store.ExecuteAtomicallyAsync(batch, CancellationToken.None);
            if (!outcome.IsCarriedOut)
            {
                throw GrpcErrors.Of(Problem.Batch(outcome, store.Limits));
            }

            await GatherAsync(start => new(outcome.Deliver(start, this)));
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

    private async ValueTask GatherAsync(Func<int, ValueTask<int>> turn)
    {
        for (var next = await turn(0); next < batch.Count; next = await turn(next))
        {
            // A long batch would keep the thread to itself.
            await Task.Yield();
        }
    }

    private WireResult ToMessage(in BatchResult result) => result switch
    {
        // As alone: what is not there is no error.
        { Kind: BatchKind.Get, Error: ErrorCode.KeyNotFound } => new WireResult { Get = new GetResponse() },
        { Kind: BatchKind.Delete, Error: ErrorCode.KeyNotFound } => new WireResult { Delete = new DeleteResponse() },
        { Error: not ErrorCode.None } => new WireResult { Code = ErrorCatalogue.Describe(result.Error).Name },
        { Kind: BatchKind.Set } => new WireResult { Set = KeyValueStoreService.ToResponse(result.Revision, result.Created) },
        { Kind: BatchKind.Delete } => new WireResult { Delete = new DeleteResponse { Deleted = true, Revision = result.Revision } },
        _ => ToGet(result),
    };

    private WireResult ToGet(in BatchResult result)
    {
        if (_valueBytes + _value.Written.Length > MostValueBytes)
        {
            return new WireResult { Code = ErrorCatalogue.Describe(ErrorCode.RequestTooLarge).Name };
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
