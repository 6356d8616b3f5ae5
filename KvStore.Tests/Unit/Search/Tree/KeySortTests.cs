using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search.Tree;

public sealed class KeySortTests
{
    public static TheoryData<string, int> Shapes => new()
    {
        { "{0}", 20_000 },
        { "key:{0:d12}", 20_000 },
        { "user/{0}/profile", 20_000 },
        { "{0:x3}, then a long part that all keys share, longer than any head, then {1:x16}", 20_000 },
    };

    [Fact]
    public void Any_keys_are_sorted_as_comparing_them_would()
    {
        Prop.ForAll(KeyGen.DistinctBytes.ToArbitrary(), keys =>
        {
            CheckSort<ForwardOrder>(keys);
            CheckSort<BackwardOrder>(keys);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Many_keys_are_sorted_as_comparing_them_would(string shape, int count)
    {
        var random = new Random(1);
        var keys = Enumerable.Range(0, count)
            .Select(i => Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, shape, i, random.NextInt64())))
            .DistinctBy(Convert.ToHexString, StringComparer.Ordinal)
            .ToArray();
        random.Shuffle(keys);

        CheckSort<ForwardOrder>(keys).Should().BeLessThan(10L * count);
        CheckSort<BackwardOrder>(keys).Should().BeLessThan(10L * count);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(100, false)]
    public void Heads_are_those_of_their_keys_unless_too_many_keys_share_one(int sharing, bool areThere)
    {
        var keys = Enumerable.Range(0, 20_000).Select(i => Encoding.UTF8.GetBytes($"all:{i / sharing * 7_919 % 10_000_000:d7}/{i % sharing * 3}/x")).ToArray();
        new Random(1).Shuffle(keys);
        var heap = new KeyHeap();

        var sorted = new KeySort<ForwardOrder>(heap, Array.ConvertAll(keys, key => heap.Add(key))).Sort();

        sorted.Heads.IsEmpty.Should().Be(!areThere);
        for (var i = 0; i < sorted.Heads.Length; i++)
        {
            sorted.Heads[i].Should().Be(ForwardOrder.LongHead(heap[sorted.Keys[i]][sorted.HeadsStart..]));
        }
    }

    [Fact]
    public void Zeros_at_the_end_of_a_key_count()
    {
        var keys = Enumerable.Range(0, 300).Select(length => new byte[length]).Reverse().ToArray();

        CheckSort<ForwardOrder>(keys);
        CheckSort<BackwardOrder>(keys);
    }

    [Fact]
    public void Keys_in_order_are_only_looked_at_beside_their_neighbours()
    {
        var keys = Enumerable.Range(0, 10_000).Select(i => Encoding.UTF8.GetBytes($"key:{i:d12}")).ToArray();

        CheckSort<ForwardOrder>(keys).Should().BeLessThanOrEqualTo(2L * keys.Length);
    }

    [Fact]
    public void What_all_keys_share_costs_one_look()
    {
        const int Count = 20_000;
        var keys = new byte[Count][];
        for (var i = 0; i < Count; i++)
        {
            // Numbers that are far apart for neighbours, so that the keys are in neither order.
            keys[i] = new byte[1_000];
            BitConverter.TryWriteBytes(keys[i].AsSpan(500), (uint)i * 0x9E37_79B1).Should().BeTrue();
        }

        CheckSort<ForwardOrder>(keys).Should().BeLessThan(4L * Count);
        CheckSort<BackwardOrder>(keys).Should().BeLessThan(4L * Count);
    }

    [Theory]
    [InlineData(3_000, 1)]
    [InlineData(600, 100)]
    public void Keys_of_which_each_begins_with_all_of_the_one_before_are_compared_in_the_end(int count, int apart)
    {
        var keys = Enumerable.Range(1, count).Select(i => new byte[i * apart]).ToArray();
        new Random(1).Shuffle(keys);

        var most = count * (2L * KeySort<ForwardOrder>.MaxSteps + (6L * (int)Math.Log2(count)));
        CheckSort<ForwardOrder>(keys).Should().BeLessThan(most);
        CheckSort<BackwardOrder>(keys).Should().BeLessThan(most);
    }

    /// <returns>How often a key was read.</returns>
    private static long CheckSort<TOrder>(byte[][] keys)
        where TOrder : struct, IByteOrder
    {
        var heap = new KeyHeap();
        var references = Array.ConvertAll(keys, key => heap.Add(key));
        var sort = new KeySort<TOrder>(heap, references);
        sort.Sort();

        var expected = keys.Order(Comparer<byte[]>.Create((x, y) => TOrder.Compare(x, y)));
        references.Select(key => Convert.ToHexString(heap[key])).Should().Equal(expected.Select(Convert.ToHexString));
        return sort.KeysRead;
    }
}
