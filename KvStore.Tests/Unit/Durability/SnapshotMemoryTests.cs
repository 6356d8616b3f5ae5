using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

[Collection(nameof(Alone))]
public sealed class SnapshotMemoryTests
{
    [Fact]
    public void A_snapshot_of_large_values_takes_little_memory()
    {
        var store = new ShardedStore();
        for (var i = 0; i < 40; i++)
        {
            store.Set($"key{i}", new string('v', 1_000_000));
        }

        using var directory = new NullDirectory();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        DirectoryBytes.Snapshot(directory, store).Records.Should().Be(40);

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(400_000_000, "a block is made anew for each long value, and two are never held");
    }
}
