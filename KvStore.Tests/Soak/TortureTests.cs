using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Cells freed, used again and overwritten under readers that take no lock.</summary>
public sealed class TortureTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void A_read_is_whole_and_of_its_revision_whatever_becomes_of_the_memory(int shards)
    {
        var time = new ManualTime();
        var store = new ShardedStore(shards: shards, time: time);
        var traffic = new TortureTraffic(store, time);

        Together.Run(traffic.Threads);

        traffic.Check();
        StoreIntegrity.Check(store);
    }

    [Fact]
    public void Versions_are_of_all_lengths_and_told_apart_by_their_bytes()
    {
        var versions = (
            from key in Enumerable.Range(0, TortureVersion.Keys)
            from number in Enumerable.Range(1, TortureVersion.Enough)
            select new TortureVersion(key, number)).ToList();

        versions.Where(version => !version.IsDelete).Select(version => version.Value.Length).Distinct()
            .Should().BeEquivalentTo(TortureVersion.Lengths);
        versions.Select(version => version.Value).Where(value => value.Length is >= 16 and < 1_000)
            .Select(value => Convert.ToHexString(value.Span)).Should().OnlyHaveUniqueItems();
        versions.Count(version => version.IsDelete).Should().BeGreaterThan(versions.Count / 20);
        versions.Count(version => version.Ttl is not null).Should().BeInRange(versions.Count / 8, versions.Count / 2);
    }
}
