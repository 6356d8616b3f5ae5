using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search.Tree;

public sealed class OrderedTreeBuildTests
{
    public static TheoryData<string, int> Shapes => new()
    {
        { "{0}", 0 },
        { "{0}", 1 },
        { "{0}", 57 },
        { "{0}", 58 },
        { "{0}", 63 },
        { "{0}", 64 },
        { "{0}", 65 },
        { "user/{0}/profile", 3_250 },
        { "key:{0:d12}", 20_000 },
        { "{0:000'-------'0}", 3_000 },
        { "a long prefix that all keys share, longer than any head, {0:x8} and a suffix as long that all of them share too", 10_000 },
    };

    [Fact]
    public void A_tree_built_at_once_answers_as_one_built_key_by_key()
    {
        Prop.ForAll(KeyGen.DistinctBytes.ToArbitrary(), KeyGen.Bytes.ToArbitrary(), (keys, part) =>
        {
            CheckBuild<ForwardOrder>(keys, part);
            CheckBuild<BackwardOrder>(keys, part);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_tree_built_at_once_stays_in_order_while_keys_are_added_and_removed(string shape, int count)
    {
        Run<ForwardOrder>(shape, count);
        Run<BackwardOrder>(shape, count);
    }

    [Fact]
    public void A_tree_built_at_once_has_full_leaves_but_for_a_tenth()
    {
        var heap = new KeyHeap();
        var tree = Built<ForwardOrder>(heap, new KeyHeap(), Keys(heap, "key:{0:d8}", 200_000));
        var built = tree.ReservedBytes;
        built.Should().BeLessThan((200_000 * 10) + (2 * Slabs.ChunkBytes));

        foreach (var key in Keys(heap, "key:{0:d7}0+", 20_000))
        {
            tree.Insert(key);
        }

        tree.ReservedBytes.Should().Be(built, "one more for each ten keys splits no leaf");
    }

    [Fact]
    public void Only_an_empty_tree_is_built()
    {
        var heap = new KeyHeap();
        var tree = Built<ForwardOrder>(heap, new KeyHeap(), [heap.Add("a"u8)]);

        var build = () => tree.Build(new SortedKeys([heap.Add("b"u8)]));

        build.Should().Throw<InvalidOperationException>();
        TreeIntegrity.Check(tree, heap).Should().ContainSingle();
    }

    private static void CheckBuild<TOrder>(byte[][] keys, byte[] part)
        where TOrder : struct, IByteOrder
    {
        var heap = new KeyHeap();
        var references = Array.ConvertAll(keys, key => heap.Add(key));
        var expected = new OrderedTree<TOrder>(heap, new KeyHeap());
        Array.ForEach(references, expected.Insert);

        var tree = Built<TOrder>(heap, new KeyHeap(), references);

        TreeIntegrity.Check(tree, heap).Should().Equal(TreeIntegrity.Check(expected, heap));
        tree.Rank(Bound.Before(part)).Should().Be(expected.Rank(Bound.Before(part)));
        tree.Rank(Bound.After(part)).Should().Be(expected.Rank(Bound.After(part)));
        tree.Rank(Bound.AfterAll(part)).Should().Be(expected.Rank(Bound.AfterAll(part)));
    }

    private static void Run<TOrder>(string shape, int count)
        where TOrder : struct, IByteOrder
    {
        var heap = new KeyHeap();
        var separators = new KeyHeap();
        var random = new Random(1);
        var present = Keys(heap, shape, count).ToList();
        var tree = Built<TOrder>(heap, separators, [.. present]);
        TreeIntegrity.Check(tree, heap).Order().Should().Equal(present.Order());

        var added = Keys(heap, shape + "+{0}", 500 + (count / 5)).ToArray();
        foreach (var key in added)
        {
            tree.Insert(key);
            present.Add(key);
            if (random.Next(4) == 0)
            {
                Remove(random.Next(present.Count));
            }
        }

        TreeIntegrity.Check(tree, heap).Order().Should().Equal(present.Order());
        while (present.Count > count / 10)
        {
            Remove(random.Next(present.Count));
        }

        TreeIntegrity.Check(tree, heap).Order().Should().Equal(present.Order());
        while (present.Count > 0)
        {
            Remove(present.Count - 1);
        }

        tree.Count.Should().Be(0);
        separators.LiveBytes.Should().Be(0, "separators are freed with the nodes they tell apart");

        void Remove(int index)
        {
            tree.Remove(present[index]);
            present[index] = present[^1];
            present.RemoveAt(present.Count - 1);
        }
    }

    private static uint[] Keys(KeyHeap heap, string shape, int count)
    {
        var keys = Enumerable.Range(0, count)
            .Select(i => heap.Add(Encoding.UTF8.GetBytes(string.Format(CultureInfo.InvariantCulture, shape, i))))
            .ToArray();
        new Random(1).Shuffle(keys);
        return keys;
    }

    private static OrderedTree<TOrder> Built<TOrder>(KeyHeap heap, KeyHeap separators, uint[] keys)
        where TOrder : struct, IByteOrder
    {
        var sorted = keys.ToArray();
        var tree = new OrderedTree<TOrder>(heap, separators);
        tree.Build(new KeySort<TOrder>(heap, sorted).Sort());
        return tree;
    }
}
