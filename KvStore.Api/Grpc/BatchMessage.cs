using System.Text;
using KvStore.Api.Http;
using KvStore.Api.Problems;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Grpc.KeyValue;
using SetRequest = KvStore.Grpc.KeyValue.SetRequest;

namespace KvStore.Api.Grpc;

/// <summary>A batch as the store takes it, from a message: all of it is checked before anything is carried out. Disposing gives its memory back.</summary>
internal sealed class BatchMessage : IDisposable
{
    private readonly ScratchBuffer _buffer;
    private int _length;

    /// <summary>Reads a message.</summary>
    /// <param name="request">The message.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="errors">Receives what is wrong with it; if anything is, the batch is not whole.</param>
    public BatchMessage(BatchRequest request, int size, FieldErrors errors)
    {
        // Keys and values take no more than the message, which has them in UTF-8 too.
        _buffer = new ScratchBuffer(size);
        Batch = new Batch(_buffer.Memory, request.Operations.Count);
        for (var i = 0; i < request.Operations.Count; i++)
        {
            errors.BeginElement("operations", i);
            Add(request.Operations[i], errors);
        }

        errors.EndElement();
    }

    /// <summary>The operations.</summary>
    public Batch Batch { get; }

    /// <inheritdoc />
    public void Dispose() => _buffer.Dispose();

    private void Add(BatchOperation operation, FieldErrors errors)
    {
        switch (operation.OperationCase)
        {
            case BatchOperation.OperationOneofCase.Get:
                Batch.Add(BatchKind.Get, PutKey(operation.Get.Key, errors));
                break;
            case BatchOperation.OperationOneofCase.Delete:
                var delete = operation.Delete;
                var condition = SetMessage.ReadCondition(delete.HasIfRevision, delete.IfRevision, errors);
                Batch.Add(BatchKind.Delete, PutKey(delete.Key, errors), options: new SetOptions(Condition: condition));
                break;
            case BatchOperation.OperationOneofCase.Set:
                var set = operation.Set;
                Batch.Add(BatchKind.Set, PutKey(set.Key, errors), PutValue(set), SetMessage.ReadOptions(set, errors));
                break;
            default:
                errors.Add("", "must be a get, set or delete");
                break;
        }
    }

    private (int Start, int Length) PutKey(string key, FieldErrors errors)
    {
        if (key.Length == 0)
        {
            errors.Add(SetMessage.KeyField, Http.SetRequest.EmptyKey);
        }

        return Put(key);
    }

    private (int Start, int Length) PutValue(SetRequest set)
    {
        if (!set.HasValueBytes)
        {
            return Put(set.Value);
        }

        var start = _length;
        set.ValueBytes.Span.CopyTo(_buffer.Memory.Span[start..]);
        _length += set.ValueBytes.Length;
        return (start, set.ValueBytes.Length);
    }

    private (int Start, int Length) Put(string text)
    {
        var start = _length;
        _length += Encoding.UTF8.GetBytes(text, _buffer.Memory.Span[start..]);
        return (start, _length - start);
    }
}
