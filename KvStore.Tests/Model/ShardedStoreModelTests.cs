using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

public sealed class ShardedStoreModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_store_does_what_a_sorted_dictionary_would(int shards)
    {
        Prop.ForAll(StoreCommand.Histories, history => Run(history, shards))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithStartSize(10).WithEndSize(300));
    }

    private static void Run(StoreCommand[] history, int shards)
    {
        var time = new ManualTime();
        var store = new ShardedStore(shards: shards, time: time);
        var model = new StoreModel(time);
        foreach (var command in history)
        {
            command.Run(store, model, time);
        }

        store.Search().Should().Equal(model.Search("", ""));
        store.Statistics.Keys.Should().Be(model.Search("", "").Count());
        StoreIntegrity.Check(store);
    }
}
