using KvStore.Cli;
using KvStore.Cli.Bench;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Cli;

public sealed class LoadRunTests
{
    [Fact]
    public async Task An_answer_that_is_outstanding_at_the_end_counts()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<GetResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (_, _) =>
            {
                asked.TrySetResult();
                return new ValueTask<GetResponse>(answer.Task);
            },
        });
        using var channel = server.OpenChannel();
        var time = new TimeThatEnds();
        var run = Load(channel, time).RunAsync(TimeSpan.FromSeconds(1), requests: null, default);

        await asked.Task;
        time.End();
        answer.SetResult(new GetResponse());

        (await run).Latency.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_server_that_refuses_the_keys_is_not_measured()
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Batch = (_, _) => ValueTask.FromResult(new BatchResponse { Results = { new BatchResult { Code = "value-too-large" } } }),
        });
        using var channel = server.OpenChannel();

        (await ((Func<Task>)(() => Load(channel).PrepareAsync(default))).Should().ThrowAsync<CliException>())
            .Which.Message.Should().StartWith("value-too-large: ");
    }

    [Fact]
    public async Task What_may_have_been_set_is_deleted_and_nothing_else()
    {
        var deleted = new List<string>();
        using var stop = new CancellationTokenSource();
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Batch = async (batch, _) =>
            {
                deleted.AddRange(batch.Operations.Where(operation => operation.Delete is not null).Select(operation => operation.Delete.Key));
                if (batch.Operations[0].Set is not null)
                {
                    await stop.CancelAsync();
                }

                return new BatchResponse();
            },
        });
        using var channel = server.OpenChannel();
        var run = Load(channel, keys: 100_000);

        await ((Func<Task>)(() => run.PrepareAsync(stop.Token))).Should().ThrowAsync<KvStore.Grpc.Protocol.RpcException>();
        await run.CleanUpAsync();

        deleted.Should().HaveCountLessThan(1_000).And.StartWith(LoadPlan.KeyOf(0));
    }

    private static LoadRun Load(GrpcChannel channel, TimeProvider? time = null, int keys = 1) => new(
        new LoadPlan(LoadOperation.Get, Connections: 1, Concurrency: 1, Duration: null, Requests: null, keys, ValueBytes: 1),
        [new KeyValueStoreClient(channel)],
        TimeSpan.FromSeconds(60),
        time);

    /// <summary>Time that is over when a test says so.</summary>
    private sealed class TimeThatEnds : TimeProvider
    {
        private Action _end = () => { };

        public void End() => _end();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _end = () => callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
