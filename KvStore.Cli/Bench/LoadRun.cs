using System.Diagnostics;
using Google.Protobuf;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Bench;

/// <summary>Puts a load on a server: each worker sends its next request when the one before it is answered.</summary>
/// <param name="plan">The load.</param>
/// <param name="clients">The server, over a connection each.</param>
/// <param name="timeout">How long an answer may take.</param>
/// <param name="time">Says when a time is over; null = the system's.</param>
internal sealed class LoadRun(LoadPlan plan, IReadOnlyList<KeyValueStoreClient> clients, TimeSpan timeout, TimeProvider? time = null)
{
    private const int KeysInBatch = 500;
    private const int BatchBytes = 512 * 1_024;

    // Every tenth request of a mixed load is a write.
    private const int WriteEvery = 10;

    private readonly ByteString _value = ByteString.CopyFrom([.. Enumerable.Range(0, plan.ValueBytes).Select(i => (byte)('a' + (i % 26)))]);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long _left;
    private int _set;

    /// <summary>Sets all keys.</summary>
    /// <exception cref="CliException">The server refuses them.</exception>
    public async Task PrepareAsync(CancellationToken stop)
    {
        foreach (var numbers in Batches(plan.Keys))
        {
            _set = numbers[^1] + 1;
            var response = await BatchAsync(numbers, key => new BatchOperation { Set = new SetRequest { Key = key, ValueBytes = _value } }, stop);
            if (response.Results.FirstOrDefault(result => result.Code.Length > 0) is { } refused)
            {
                throw new CliException(ExitCodes.ServerError, $"{refused.Code}: the server does not take the keys to measure with.");
            }
        }
    }

    /// <summary>Deletes the keys that have been set, or may have been.</summary>
    public async Task CleanUpAsync()
    {
        foreach (var numbers in Batches(_set))
        {
            await BatchAsync(numbers, key => new BatchOperation { Delete = new DeleteRequest { Key = key } }, CancellationToken.None);
        }
    }

    /// <summary>Runs for a time, or for a number of requests.</summary>
    /// <remarks>
    /// The answers that are outstanding when the time is over are waited for: to leave them out would be to leave out the slowest. While
    /// the server stands still its clients send nothing, so the percentiles are of those requests that were sent, and not of a rate that was meant.
    /// </remarks>
    /// <returns>What came of it, up to where it was stopped.</returns>
    public async Task<LoadResult> RunAsync(TimeSpan? duration, long? requests, CancellationToken stop)
    {
        _left = requests ?? long.MaxValue;
        using var timer = new CancellationTokenSource(duration ?? Timeout.InfiniteTimeSpan, _time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, timer.Token);

        var started = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, plan.Concurrency)
            .Select(number => Task.Run(() => WorkAsync(number, end.Token, stop), CancellationToken.None)).ToList();
        var total = new LoadResult();
        foreach (var result in await Task.WhenAll(workers))
        {
            total.Add(result);
        }

        total.Elapsed = Stopwatch.GetElapsedTime(started);
        return total;
    }

    private async Task<LoadResult> WorkAsync(int number, CancellationToken end, CancellationToken stop)
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
                await (isWrite ? SetAsync(client, key, stop) : GetAsync(client, key, stop));
                result.Latency.Record(Stopwatch.GetElapsedTime(started));
            }
            catch (RpcException) when (stop.IsCancellationRequested)
            {
                // Cut off by Ctrl-C: neither an answer nor an error.
            }
            catch (RpcException exception)
            {
                result.Fail(exception.StatusCode);
            }
        }

        return result;
    }

    private async Task SetAsync(KeyValueStoreClient client, string key, CancellationToken stop) =>
        await client.SetAsync(new SetRequest { Key = key, ValueBytes = _value }, Options(stop));

    private async Task GetAsync(KeyValueStoreClient client, string key, CancellationToken stop) =>
        await client.GetAsync(new GetRequest { Key = key, AsBytes = true }, Options(stop));

    private CallOptions Options(CancellationToken stop) => new(Deadline: DateTime.UtcNow + timeout, CancellationToken: stop);

    private IEnumerable<int[]> Batches(int keys) =>
        Enumerable.Range(0, keys).Chunk(Math.Clamp(BatchBytes / (plan.ValueBytes + 1), 1, KeysInBatch));

    private async Task<BatchResponse> BatchAsync(int[] numbers, Func<string, BatchOperation> operation, CancellationToken stop)
    {
        var batch = new BatchRequest { Operations = { numbers.Select(number => operation(LoadPlan.KeyOf(number))) } };
        return await clients[0].BatchAsync(batch, Options(stop));
    }
}
