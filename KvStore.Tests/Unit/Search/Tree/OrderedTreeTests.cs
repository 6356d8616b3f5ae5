using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search.Tree;

public sealed class OrderedTreeTests
{
    public static TheoryData<string, int> Shapes => new()
    {
        { "{0}", 20_000 },
        { "{0:d9}", 20_000 },
        { "user/{0}/profile", 20_000 },
        { "a long prefix that all keys share, longer than any head, {0:x8} and a suffix as long that all of them share too", 10_000 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Keys_added_and_removed_in_any_order_stay_in_order(string shape, int count)
    {
        Run<ForwardOrder>(shape, count);
        Run<BackwardOrder>(shape, count);
    }

    [Fact]
    public void Keys_added_in_order_fill_their_leaves()
    {
        var heap = new KeyHeap();
        var tree = new OrderedTree<ForwardOrder>(heap, new KeyHeap());
        for (var i = 0; i < 100_000; i++)
        {
            tree.Insert(heap.Add(Encoding.UTF8.GetBytes(i.ToString("d9", CultureInfo.InvariantCulture))));
        }

        tree.ReservedBytes.Should().BeLessThan((100_000 * 12) + Slabs.ChunkBytes);
    }

    [Fact]
    public void Nodes_are_given_back_when_keys_are_removed()
    {
        var heap = new KeyHeap();
        var separators = new KeyHeap();
        var tree = new OrderedTree<ForwardOrder>(heap, separators);
        for (var round = 0; round < 5; round++)
        {
            var keys = Enumerable.Range(0, 20_000).Select(i => heap.Add(Encoding.UTF8.GetBytes($"{i * 7_919 % 20_000}"))).ToList();
            keys.ForEach(tree.Insert);
            keys.ForEach(key =>
            {
                tree.Remove(key);
                heap.Free(key);
            });
        }

        tree.Count.Should().Be(0);
        tree.ReservedBytes.Should().BeLessThan((20_000 * 30) + Slabs.ChunkBytes);
        separators.LiveBytes.Should().Be(0, "separators are freed with the nodes they tell apart");
    }

    [Fact]
    public void Bounds_of_any_bytes_have_the_rank_that_counting_gives()
    {
        var keys = from text in KeyGen.Key.ListOf(300) select text.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToArray();
        Prop.ForAll(keys.ToArbitrary(), KeyGen.Part.Select(Encoding.UTF8.GetBytes).ToArbitrary(), (all, part) =>
        {
            CheckRanks<ForwardOrder>(all, part);
            CheckRanks<BackwardOrder>(all, part);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static void CheckRanks<TOrder>(byte[][] keys, byte[] part)
        where TOrder : struct, IByteOrder
    {
        var heap = new KeyHeap();
        var tree = new OrderedTree<TOrder>(heap, new KeyHeap());
        foreach (var key in keys)
        {
            tree.Insert(heap.Add(key));
        }

        tree.Rank(Bound.Before(part)).Should().Be(keys.Count(key => TOrder.Compare(key, part) < 0));
        tree.Rank(Bound.After(part)).Should().Be(keys.Count(key => TOrder.Compare(key, part) <= 0));
        tree.Rank(Bound.AfterAll(part)).Should().Be(keys.Count(key => TOrder.Compare(key, part) <= 0 || TOrder.Begins(key, part)));
    }

    private static void Run<TOrder>(string shape, int count)
        where TOrder : struct, IByteOrder
    {
        var heap = new KeyHeap();
        var tree = new OrderedTree<TOrder>(heap, new KeyHeap());
        var random = new Random(1);
        var keys = Enumerable.Range(0, count)
            .Select(i => heap.Add(Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, shape, i))))
            .ToArray();
        random.Shuffle(keys);
        foreach (var key in keys)
        {
            tree.Insert(key);
        }

        TreeIntegrity.Check(tree, heap).Order().Should().Equal(keys.Order());

        random.Shuffle(keys);
        for (var i = 0; i < count * 9 / 10; i++)
        {
            tree.Remove(keys[i]);
        }

        TreeIntegrity.Check(tree, heap).Order().Should().Equal(keys.Skip(count * 9 / 10).Order());
    }
}
