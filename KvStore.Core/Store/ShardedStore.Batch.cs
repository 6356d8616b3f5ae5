using System.Buffers;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Store.Batches;

namespace KvStore.Core.Store;

/// <content>Batches.</content>
public sealed partial class ShardedStore
{
    // So many operations ask for their memory together: the waits for it become one.
    private const int BatchGroup = 16;

    /// <inheritdoc />
    public ValueTask<int> ExecuteAsync(
        Batch batch, int start, IBatchResults results, CancellationToken cancellationToken = default) =>
        TellAll<int>(new(Execute(batch, start, results)));

    /// <inheritdoc />
    public ValueTask<BatchOutcome> ExecuteAtomicallyAsync(Batch batch, CancellationToken cancellationToken = default) =>
        TellAll<BatchOutcome>(new(new AtomicBatch(batch, _shards, _log, operation => Check(batch, operation), Now).Run()));

    private int Execute(Batch batch, int start, IBatchResults results)
    {
        Span<int> hashes = stackalloc int[BatchGroup];
        while (start < batch.Count)
        {
            var group = hashes[..Math.Min(BatchGroup, batch.Count - start)];
            Approach(batch, start, group);
            foreach (var hash in group)
            {
                if (!results.Add(Execute(batch, start++, hash, results)))
                {
                    return start;
                }
            }
        }

        return start;
    }

    private void Approach(Batch batch, int start, Span<int> hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = KeyHash.Of(batch.Key(start + i));
        }

        foreach (var hash in hashes)
        {
            _shards[ShardOf(hash, _shards.Length)].Approach(hash);
        }
    }

    private BatchResult Execute(Batch batch, int operation, int hash, IBatchResults results)
    {
        var kind = batch.Kind(operation);
        var key = new HashedKey(batch.Key(operation), hash);
        if (kind == BatchKind.Get)
        {
            var read = ShardOf(key).Read(key, results.BeginValue(), int.MaxValue, long.MaxValue);
            return read.Error == ErrorCode.None
                ? new BatchResult(kind, ErrorCode.None, read.Revision, ContentType: read.ContentType, ExpiresAt: read.ExpiresAt)
                : new BatchResult(kind, CheckKey(key.Bytes, Limits) is not ErrorCode.None and var wrong ? wrong : read.Error);
        }

        var error = Check(batch, operation);
        if (error != ErrorCode.None)
        {
            return new BatchResult(kind, error);
        }

        var options = batch.Options(operation);
        var result = kind == BatchKind.Delete ? ShardOf(key).Delete(key, options.Condition) : Set(batch, operation, key, options);
        return new BatchResult(kind, result.Error, result.Revision, result.Created);
    }

    private WriteResult Set(Batch batch, int operation, in HashedKey key, in SetOptions options)
    {
        var value = new ReadOnlySequence<byte>(batch.Value(operation));
        return ShardOf(key).Set(key, new RecordWrite(value, options.ContentType, ExpiresAt(options)), options.Condition);
    }

    private ErrorCode Check(Batch batch, int operation) =>
        batch.Kind(operation) == BatchKind.Set && batch.Value(operation).Length > Limits.MaxValueBytes
            ? ErrorCode.ValueTooLarge
            : CheckKey(batch.Key(operation), Limits);
}
