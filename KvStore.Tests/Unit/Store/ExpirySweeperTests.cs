using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ExpirySweeperTests
{
    [Fact]
    public async Task Expired_keys_are_removed_without_being_asked_for()
    {
        var time = new ManualTime();
        var store = new ShardedStore(time: time);
        store.SetFor(10, "a");
        store.Set("b");
        time.Advance(10);

        await using var sweeper = new ExpirySweeper(store);

        // Nothing but the sweeper writes, so this ends when it has done its work.
        while (store.Statistics.ExpiredKeys == 0)
        {
            await Task.Yield();
        }

        store.Statistics.Revision.Should().Be(3);
        store.Search().Should().Equal("b");
    }

    [Fact]
    public async Task Nothing_is_swept_once_it_is_disposed()
    {
        var time = new ManualTime();
        var store = new ShardedStore(time: time);
        store.SetFor(10, "a");

        var sweeper = new ExpirySweeper(store);
        await sweeper.DisposeAsync();
        time.Advance(10);

        store.Statistics.ExpiredKeys.Should().Be(0);
    }
}
