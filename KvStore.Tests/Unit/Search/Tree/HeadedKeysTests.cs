using KvStore.Core.Search.Tree;

namespace KvStore.Tests.Unit.Search.Tree;

public sealed class HeadedKeysTests
{
    [Theory]
    [InlineData(1_000, ulong.MaxValue)]
    [InlineData(100_000, ulong.MaxValue)]
    [InlineData(100_000, 0x000F_0F00_0000_0F00)]
    [InlineData(1_100_000, ulong.MaxValue)]
    [InlineData(1_100_000, 0x000F_0F00_0000_0F00)]
    [InlineData(1_100_000, 0x0F00_0000_0000_000F)]
    public void Keys_are_sorted_by_their_numbers(int count, ulong bits)
    {
        var random = new Random(1);
        var heads = new ulong[count];
        for (var i = 0; i < count; i++)
        {
            heads[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue) & bits;
        }

        var keys = Enumerable.Range(0, count).Select(i => (uint)i).ToArray();
        var unsorted = heads.ToArray();

        new HeadedKeys(heads, keys).Sort(new HeadedKeys(new ulong[count], new uint[count]));

        heads.Should().BeInAscendingOrder();
        Array.ConvertAll(keys, key => unsorted[key]).SequenceEqual(heads).Should().BeTrue("each number stays with its key");
        keys.Order().SequenceEqual(Enumerable.Range(0, count).Select(i => (uint)i)).Should().BeTrue();
    }
}
