using System.Runtime.InteropServices;

namespace KvStore.Core.Search.Tree;

/// <content>Making a tree of many keys at once, level by level.</content>
internal sealed partial class OrderedTree<TOrder>
{
    // Not all of a node: else the first keys added later would split a leaf each, and leave all of them half empty.
    private const int Filled = TreeNode.Capacity * 9 / 10;

    /// <summary>Adds all keys of a tree that has never had any.</summary>
    /// <param name="sorted">The keys, in the tree's order, each once.</param>
    /// <remarks>Where it fails, for want of memory, the tree is useless.</remarks>
    /// <exception cref="InvalidOperationException">The tree has keys, and nothing has changed; or it needs more separators than references reach.</exception>
    public void Build(SortedKeys sorted)
    {
        if (Count > 0 || _height > 0)
        {
            throw new InvalidOperationException("Only an empty tree can be built.");
        }

        if (sorted.Keys.IsEmpty)
        {
            return;
        }

        _leaves.Return(_root);
        var nodes = BuildLeaves(sorted);
        for (; nodes.Length > 1; _height++)
        {
            nodes = BuildInner(nodes);
        }

        _root = nodes[0].Node;
        Count = sorted.Keys.Length;
        _shape++;
    }

    private Built[] BuildLeaves(SortedKeys sorted)
    {
        var keys = sorted.Keys;
        var leaves = new Built[NodesFor(keys.Length)];
        _leaves.Reserve(leaves.Length);
        var (start, low, id) = (0, 0u, _leaves.Take());
        for (var i = 0; i < leaves.Length; i++)
        {
            var end = EndOf(i, leaves.Length, keys.Length);
            var isLast = end == keys.Length;
            var high = isLast ? 0 : AddSeparator(keys[end - 1], keys[end]);
            var next = isLast ? 0 : _leaves.Take();

            var leaf = _leaves[id];
            leaf.Count = end - start;
            leaf.Next = next;
            keys[start..end].CopyTo(leaf.Keys);
            SetHeads(leaf, sorted, start, SharedBetween(low, high));
            leaves[i] = new Built(id, (uint)leaf.Count, low);
            (start, low, id) = (end, high, next);
        }

        return leaves;
    }

    /// <summary>Sets the heads of a leaf whose keys share <paramref name="shared"/> bytes.</summary>
    private void SetHeads(TreeNode leaf, SortedKeys sorted, int start, int shared)
    {
        // What sorting has read of the keys is enough for the leaf.
        var skip = Math.Min(shared - sorted.HeadsStart, LongHead.MaxSkip);
        if (sorted.Heads.IsEmpty || skip < 0)
        {
            SetSkip(leaf, leaf.Count, _keys, shared);
            return;
        }

        leaf.Skip = sorted.HeadsStart + skip;
        var heads = sorted.Heads.Slice(start, leaf.Count);
        for (var i = 0; i < heads.Length; i++)
        {
            leaf.Heads[i] = LongHead.Short(heads[i], skip);
        }
    }

    private Built[] BuildInner(ReadOnlySpan<Built> children)
    {
        var nodes = new Built[NodesFor(children.Length)];
        _inner.Reserve(nodes.Length);
        var start = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            var end = EndOf(i, nodes.Length, children.Length);
            var id = _inner.Take();
            var node = _inner[id];
            node.Count = end - start;
            for (var j = 0; j < node.Count; j++)
            {
                var child = children[start + j];
                node.Children[j] = child.Node;
                node.Counts[j] = child.Count;
                if (j > 0)
                {
                    node.Keys[j - 1] = child.Low;
                }
            }

            var low = children[start].Low;
            var high = end < children.Length ? children[end].Low : 0;
            SetSkip(node, node.Count - 1, _separators, SharedBetween(low, high));
            nodes[i] = new Built(id, Sum(node), low);
            start = end;
        }

        return nodes;
    }

    private static int NodesFor(int count) => (count + Filled - 1) / Filled;

    /// <summary>Where the share of a node ends if all get the same, but for one: so none is sparse.</summary>
    private static int EndOf(int node, int nodes, int count) => (int)((node + 1L) * count / nodes);

    /// <summary>A node that has been built.</summary>
    /// <param name="Node">Its number.</param>
    /// <param name="Count">The keys in it or below it.</param>
    /// <param name="Low">The separator before it; 0 = none, it is the first.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Built(uint Node, uint Count, uint Low);
}
