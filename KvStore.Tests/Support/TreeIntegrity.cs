using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;

namespace KvStore.Tests.Support;

/// <summary>Checks a tree by what it answers: its order, its counts and its places agree for every key.</summary>
internal static class TreeIntegrity
{
    /// <returns>The keys, in the tree's order.</returns>
    public static List<uint> Check<TOrder>(OrderedTree<TOrder> tree, KeyHeap heap)
        where TOrder : struct, IByteOrder
    {
        var keys = new List<uint>();
        var position = tree.Seek(Bound.Before(default));
        while (tree.TryRead(ref position, out var key))
        {
            keys.Add(key);
        }

        tree.Count.Should().Be(keys.Count, "keys are counted");
        for (var i = 0; i < keys.Count; i++)
        {
            var bytes = heap[keys[i]];
            if (i > 0)
            {
                TOrder.Compare(heap[keys[i - 1]], bytes).Should().BeNegative("keys are in order");
            }

            tree.Rank(Bound.Before(bytes)).Should().Be(i);
            tree.Rank(Bound.After(bytes)).Should().Be(i + 1);
            var at = tree.Seek(Bound.Before(bytes));
            tree.TryRead(ref at, out var found).Should().BeTrue();
            found.Should().Be(keys[i]);
        }

        return keys;
    }
}
