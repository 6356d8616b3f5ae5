using System.Runtime;
using KvStore.Core.Durability;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

[Collection(nameof(Alone))]
public sealed class CollectionPauseTests
{
    private const int SpareBytes = 64 << 20;

    [Fact]
    public void What_is_made_meanwhile_is_collected_neither_then_nor_later()
    {
        const int Objects = 100_000;
        var made = new object[Objects];
        using (var pause = CollectionPause.TryBegin(SpareBytes, SpareBytes))
        {
            pause.Should().NotBeNull();
            var collections = GC.CollectionCount(0);
            Fill(made, bytes: 256);
            GC.CollectionCount(0).Should().Be(collections);
        }

        made.Should().OnlyContain(item => GC.GetGeneration(item) == GC.MaxGeneration);
        GCSettings.LatencyMode.Should().NotBe(GCLatencyMode.NoGCRegion);
    }

    [Fact]
    public void Where_more_is_made_than_was_said_the_collector_works()
    {
        using (CollectionPause.TryBegin(objectBytes: 1 << 20, arrayBytes: 1 << 20))
        {
            Fill(new object[1_000_000], bytes: 512);
            GCSettings.LatencyMode.Should().NotBe(GCLatencyMode.NoGCRegion);
        }
    }

    [Fact]
    public void Who_comes_second_gets_none()
    {
        using var first = CollectionPause.TryBegin(SpareBytes, SpareBytes);

        CollectionPause.TryBegin(SpareBytes, SpareBytes).Should().BeNull();

        first!.Dispose();
        using var second = CollectionPause.TryBegin(SpareBytes, SpareBytes);
        second.Should().NotBeNull();
    }

    [Fact]
    public void Where_it_would_take_most_of_the_memory_there_is_none_and_nothing_is_lost_by_that()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

        CollectionPause.TryBegin(SpareBytes, available / 4 * 3).Should().BeNull();
        CollectionPause.TryBegin(SpareBytes, available * 2).Should().BeNull();

        using var pause = CollectionPause.TryBegin(SpareBytes, SpareBytes);
        pause.Should().NotBeNull("the runtime was not asked: once it has refused one, it refuses all");
    }

    private static void Fill(object[] made, int bytes)
    {
        for (var i = 0; i < made.Length; i++)
        {
            made[i] = new byte[bytes];
        }
    }
}
