using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ExpirySweepTests
{
    [Fact]
    public async Task Expired_keys_are_removed_without_being_asked_for()
    {
        var time = new ManualTime();
        var store = new ShardedStore(time: time);
        store.SetFor(10, "a");
        store.Set("b");
        time.Advance(10);

        using var stop = new CancellationTokenSource();
        var sweep = ExpirySweep.RunAsync(store, stop.Token);

        // Nothing but the sweep writes, so this ends when it has done its work.
        while (store.Statistics.ExpiredKeys == 0)
        {
            await Task.Yield();
        }

        store.Statistics.Revision.Should().Be(3);
        store.Search().Should().Equal("b");
        await stop.CancelAsync();
        await sweep;
    }

    [Fact]
    public async Task A_sweep_that_is_stopped_ends_without_a_fault_and_removes_nothing()
    {
        var time = new ManualTime();
        var store = new ShardedStore(time: time);
        store.SetFor(10, "a");
        time.Advance(10);

        await ExpirySweep.RunAsync(store, new CancellationToken(canceled: true));

        store.Set("b").Revision.Should().Be(2);
    }

    [Fact]
    public async Task A_sweep_that_finds_no_memory_goes_on()
    {
        var time = new TimeWithoutMemory();
        var store = new ShardedStore(time: time);
        store.SetFor(10, "a");
        time.Advance(10);

        using var stop = new CancellationTokenSource();
        time.Failures = 3;
        var sweep = ExpirySweep.RunAsync(store, stop.Token);

        while (!sweep.IsFaulted && time.Failures > 0)
        {
            await Task.Yield();
        }

        sweep.IsFaulted.Should().BeFalse("the service would stop with it");
        await stop.CancelAsync();
        await sweep;
    }

    /// <summary>A clock that finds no memory so many times.</summary>
    private sealed class TimeWithoutMemory : TimeProvider
    {
        private readonly ManualTime _time = new();
        private int _failures;

        public int Failures
        {
            get => Volatile.Read(ref _failures);
            set => Volatile.Write(ref _failures, value);
        }

        public void Advance(int milliseconds) => _time.Advance(milliseconds);

        public override DateTimeOffset GetUtcNow() =>
            Failures > 0 && Interlocked.Decrement(ref _failures) >= 0 ? throw NoMemory.Fault : _time.GetUtcNow();
    }
}
