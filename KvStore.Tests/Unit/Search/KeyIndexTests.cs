using KvStore.Core.Search;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyIndexTests
{
    private const int KeyBytes = 1_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_key_that_finds_no_memory_changes_nothing(int seed)
    {
        var random = new Random(seed);
        var index = new KeyIndex(maxChunks: 8);
        var keys = new List<uint>();
        var refusals = 0;
        while (refusals < 200)
        {
            var key = RandomKey(random);
            try
            {
                keys.Add(index.Add(key));
            }
            catch (InvalidOperationException)
            {
                refusals++;
                StoreIntegrity.CheckOrders(index, keys);
                RemoveSome(index, keys, random);
            }
        }

        keys.ForEach(index.Remove);
        index.Keys.LiveBytes.Should().Be(0, "nothing of a refused key is kept");
    }

    /// <summary>A key that differs from others anywhere, so that separators are of all sizes, and need pages of their own as keys do.</summary>
    private static byte[] RandomKey(Random random)
    {
        var key = new byte[KeyBytes];
        random.NextBytes(key.AsSpan(random.Next(KeyBytes - sizeof(ulong)), sizeof(ulong)));
        return key;
    }

    private static void RemoveSome(KeyIndex index, List<uint> keys, Random random)
    {
        for (var i = random.Next(20); i > 0; i--)
        {
            var at = random.Next(keys.Count);
            index.Remove(keys[at]);
            keys[at] = keys[^1];
            keys.RemoveAt(keys.Count - 1);
        }
    }
}
