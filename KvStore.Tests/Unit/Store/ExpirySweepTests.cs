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
}
