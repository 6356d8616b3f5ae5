using KvStore.Core.Memory;

namespace KvStore.Core.Search.Tree;

/// <content>Removing a key, and merging nodes that have become sparse.</content>
internal sealed partial class OrderedTree<TOrder>
{
    // Below the first a node looks for a neighbour to merge with; to at most the second, so that the next insert does not split it.
    private const int Sparse = TreeNode.Capacity / 4;
    private const int Full = TreeNode.Capacity * 3 / 4;

    /// <summary>Removes a key that the tree has.</summary>
    public void Remove(uint key)
    {
        var bytes = _keys[key];
        var path = Path(0);
        Descend(path, bytes);
        Recount(path, -1);
        var node = _leaves[path[0].Node];
        var index = FindKey(node, Bound.Before(bytes));
        RemoveAt(node.Heads, index, node.Count);
        RemoveAt(node.Keys, index, node.Count);
        node.Count--;
        _shape++;
        if (node.Count < Sparse && _height > 0)
        {
            MergeLeaf(path);
        }
    }

    private void MergeLeaf(Span<Step> path)
    {
        var parent = _inner[path[1].Node];
        if (!TryPair(parent, path[1].Child, out var left))
        {
            return;
        }

        var into = _leaves[parent.Children[left]];
        var from = _leaves[parent.Children[left + 1]];
        if (!MayMerge(into.Count, from.Count))
        {
            return;
        }

        EqualizeSkips(into, into.Count, from, from.Count, _keys);
        Append(into.Keys, into.Count, from.Keys, from.Count);
        Append(into.Heads, into.Count, from.Heads, from.Count);
        into.Count += from.Count;
        into.Next = from.Next;
        _leaves.Return(parent.Children[left + 1]);
        RemoveChild(path, level: 1, left);
    }

    /// <summary>Removes the child right of <paramref name="left"/>, whose content has gone to that, and the separator between them.</summary>
    private void RemoveChild(Span<Step> path, int level, int left, bool keepsSeparator = false)
    {
        var node = _inner[path[level].Node];
        if (!keepsSeparator)
        {
            _separators.Free(node.Keys[left]);
        }

        node.Counts[left] += node.Counts[left + 1];
        RemoveAt(node.Heads, left, node.Count - 1);
        RemoveAt(node.Keys, left, node.Count - 1);
        RemoveAt(node.Children, left + 1, node.Count);
        RemoveAt(node.Counts, left + 1, node.Count);
        node.Count--;
        if (level == _height)
        {
            DropRoots();
        }
        else if (node.Count < Sparse)
        {
            MergeInner(path, level);
        }
    }

    private void MergeInner(Span<Step> path, int level)
    {
        var parent = _inner[path[level + 1].Node];
        if (!TryPair(parent, path[level + 1].Child, out var left))
        {
            return;
        }

        var into = _inner[parent.Children[left]];
        var from = _inner[parent.Children[left + 1]];
        if (!MayMerge(into.Count, from.Count))
        {
            return;
        }

        // The separator between the two comes down, and stands between their children.
        EqualizeSkips(into, into.Count - 1, from, from.Count - 1, _separators);
        into.Keys[into.Count - 1] = parent.Keys[left];
        into.Heads[into.Count - 1] = TOrder.Head(_separators[parent.Keys[left]], into.Skip);
        Append(into.Keys, into.Count, from.Keys, from.Count - 1);
        Append(into.Heads, into.Count, from.Heads, from.Count - 1);
        Append(into.Children, into.Count, from.Children, from.Count);
        Append(into.Counts, into.Count, from.Counts, from.Count);
        into.Count += from.Count;
        _inner.Return(parent.Children[left + 1]);
        RemoveChild(path, level + 1, left, keepsSeparator: true);
    }

    private void DropRoots()
    {
        while (_height > 0 && _inner[_root].Count == 1)
        {
            var child = _inner[_root].Children[0];
            _inner.Return(_root);
            _root = child;
            _height--;
        }
    }

    /// <summary>The left one of a child and the neighbour that it may merge with; false where it has none.</summary>
    private static bool TryPair(TreeNode parent, int child, out int left)
    {
        left = child > 0 ? child - 1 : child;
        return parent.Count > 1;
    }

    private static bool MayMerge(int left, int right) =>
        left + right <= Full || ((left == 0 || right == 0) && left + right <= TreeNode.Capacity);

    /// <summary>Keys of both sides share what the side that skips less skips; not more is known of both.</summary>
    private static void EqualizeSkips(TreeNode left, int leftCount, TreeNode right, int rightCount, KeyHeap heap)
    {
        if (left.Skip > right.Skip)
        {
            SetSkip(left, leftCount, heap, right.Skip);
        }
        else if (right.Skip > left.Skip)
        {
            SetSkip(right, rightCount, heap, left.Skip);
        }
    }

    private static void Append(Span<uint> words, int count, Span<uint> more, int moreCount) =>
        more[..moreCount].CopyTo(words[count..]);

    private static void RemoveAt(Span<uint> words, int index, int count) =>
        words[(index + 1)..count].CopyTo(words[index..]);
}
