using System.Diagnostics;
using Google.Protobuf;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Bench;

/// <summary>Puts a load on a server: each worker sends its next request when the one before it is answered.</summary>
/// <param name="plan">The load.</param>
/// <param name="clients">The server, over a connection each.</param>
/// <param name="timeout">How long an answer may take; null = for ever.</param>
internal sealed class LoadRun(LoadPlan plan, IReadOnlyList<KeyValueStoreClient> clients, TimeSpan? timeout)
{
    private const int KeysInBatch = 500;
    private const int BatchBytes = 512 * 1_024;

    // Every tenth request of a mixed load is a write.
    private const int WriteEvery = 10;

    private readonly ByteString _value = ByteString.CopyFrom([.. Enumerable.Range(0, plan.ValueBytes).Select(i => (byte)('a' + (i % 26)))]);
    private long _left;

    /// <summary>Sets all keys.</summary>
    public Task PrepareAsync(CancellationToken stop) =>
        ForAllKeysAsync(key => new BatchOperation { Set = new SetRequest { Key = key, ValueBytes = _value } }, stop);

    /// <summary>Deletes all keys.</summary>
    public Task CleanUpAsync(CancellationToken stop) =>
        ForAllKeysAsync(key => new BatchOperation { Delete = new DeleteRequest { Key = key } }, stop);

    /// <summary>Runs for a time, or for a number of requests.</summary>
    /// <returns>What came of it, up to where it was stopped.</returns>
    public async Task<LoadResult> RunAsync(TimeSpan? duration, long? requests, CancellationToken stop)
    {
        _left = requests ?? long.MaxValue;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (duration is { } length)
        {
            end.CancelAfter(length);
        }

        var started = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, plan.Concurrency)
            .Select(number => Task.Run(() => WorkAsync(number, end.Token), CancellationToken.None)).ToList();
        var total = new LoadResult();
        foreach (var result in await Task.WhenAll(workers))
        {
            total.Add(result);
        }

        total.Elapsed = Stopwatch.GetElapsedTime(started);
        return total;
    }

    private async Task<LoadResult> WorkAsync(int number, CancellationToken end)
    {
        var client = clients[number % clients.Count];
        var random = new Random(number);
        var result = new LoadResult();
        while (!end.IsCancellationRequested && Interlocked.Decrement(ref _left) >= 0)
        {
            var key = LoadPlan.KeyOf(random.Next(plan.Keys));
            var isWrite = plan.Operation == LoadOperation.Set || (plan.Operation == LoadOperation.Mixed && random.Next(WriteEvery) == 0);
            var started = Stopwatch.GetTimestamp();
            try
            {
                await (isWrite ? SetAsync(client, key, end) : GetAsync(client, key, end));
                result.Latency.Record(Stopwatch.GetElapsedTime(started));
            }
            catch (RpcException) when (end.IsCancellationRequested)
            {
                // Cut off by the end: neither an answer nor an error.
            }
            catch (RpcException exception)
            {
                result.Fail(exception.StatusCode);
            }
        }

        return result;
    }

    private async Task SetAsync(KeyValueStoreClient client, string key, CancellationToken end) =>
        await client.SetAsync(new SetRequest { Key = key, ValueBytes = _value }, Options(end));

    private async Task GetAsync(KeyValueStoreClient client, string key, CancellationToken end) =>
        await client.GetAsync(new GetRequest { Key = key, AsBytes = true }, Options(end));

    private CallOptions Options(CancellationToken end) =>
        new(Deadline: timeout is { } most ? DateTime.UtcNow + most : null, CancellationToken: end);

    private async Task ForAllKeysAsync(Func<string, BatchOperation> operation, CancellationToken stop)
    {
        var most = Math.Clamp(BatchBytes / (plan.ValueBytes + 1), 1, KeysInBatch);
        foreach (var numbers in Enumerable.Range(0, plan.Keys).Chunk(most))
        {
            var batch = new BatchRequest { Operations = { numbers.Select(number => operation(LoadPlan.KeyOf(number))) } };
            await clients[0].BatchAsync(batch, Options(stop));
        }
    }
}
