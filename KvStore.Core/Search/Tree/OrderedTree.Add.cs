using System.Runtime.InteropServices;
using KvStore.Core.Memory;

namespace KvStore.Core.Search.Tree;

/// <content>Adding a key, and splitting the nodes that are full.</content>
internal sealed partial class OrderedTree<TOrder>
{
    /// <summary>Goes down to where a key that the tree does not have belongs, and asks for the memory there.</summary>
    /// <remarks>Nothing but <see cref="Add"/> of that key or <see cref="Retreat"/> may follow.</remarks>
    public void Approach(uint key) => Prefetch.Of(_leaves.Words(Descend(_keys[key], delta: 1)));

    /// <summary>Takes back that a key is to be added.</summary>
    public void Retreat()
    {
        for (var level = _height; level > 0; level--)
        {
            _inner[_path[level].Node].Counts[_path[level].Child]--;
        }
    }

    /// <summary>Adds a key that has been approached.</summary>
    /// <remarks>Where it fails, for want of memory, nothing has changed: all that a split needs is taken before anything is moved.</remarks>
    public void Add(uint key)
    {
        var bytes = _keys[key];
        var path = _path.AsSpan();
        var leaf = path[0].Node;
        var node = _leaves[leaf];
        if (node.Count < TreeNode.Capacity)
        {
            InsertKey(node, FindKey(node, Bound.Before(bytes)), key, bytes);
        }
        else if (node.Next == 0 || !TryShare(path, key))
        {
            SplitLeaf(leaf, path, key);
        }

        Count++;
    }

    /// <summary>Goes down to the leaf that a key belongs into, and changes the counts on the way.</summary>
    private uint Descend(ReadOnlySpan<byte> key, int delta)
    {
        var path = _path.AsSpan();
        var bound = Bound.After(key);
        var step = new Step(_root, 0, Low: 0, High: 0);
        for (var level = _height; level > 0; level--)
        {
            var inner = _inner[step.Node];
            var child = FindChild(inner, bound);
            inner.Counts[child] = (uint)(inner.Counts[child] + delta);
            path[level] = step with { Child = child };
            step = new Step(
                inner.Children[child],
                0,
                Low: child > 0 ? inner.Keys[child - 1] : step.Low,
                High: child < inner.Count - 1 ? inner.Keys[child] : step.High);
        }

        path[0] = step;
        return step.Node;
    }

    private static void InsertKey(TreeNode leaf, int index, uint key, ReadOnlySpan<byte> bytes)
    {
        var count = leaf.Count;
        InsertAt(leaf.Heads, index, count, TOrder.Head(bytes, leaf.Skip));
        InsertAt(leaf.Keys, index, count, key);
        leaf.Count = count + 1;
    }

    private void SplitLeaf(uint leaf, Span<Step> path, uint key)
    {
        var bytes = _keys[key];
        var left = _leaves[leaf];
        var index = FindKey(left, Bound.Before(bytes));

        // Keys that come in order fill their leaves whole: only the last leaf splits, and leaves its left side as it is.
        var kept = index == TreeNode.Capacity && left.Next == 0 ? TreeNode.Capacity : TreeNode.Capacity / 2;
        _leaves.Reserve(1);
        _inner.Reserve(_height + 1);
        var separator = AddSeparator(left.Keys[kept - 1], index == kept ? key : left.Keys[kept]);

        var added = _leaves.Take();
        var right = _leaves[added];
        right.Skip = left.Skip;
        right.Next = left.Next;
        left.Next = added;
        Move(left, right, kept);
        if (index < kept)
        {
            InsertKey(left, index, key, bytes);
        }
        else
        {
            InsertKey(right, index - kept, key, bytes);
        }

        var (low, high) = (path[0].Low, path[0].High);
        Reskip(left, left.Count, low, separator);
        Reskip(right, right.Count, separator, high);
        InsertChild(path, level: 1, separator, added, (uint)left.Count, (uint)right.Count);
    }

    /// <summary>Makes a separator of two leaves: the shortest part of the right one's first key that the left one's last comes before.</summary>
    private uint AddSeparator(uint last, uint first)
    {
        var bytes = _keys[first];
        return _keys.Add(TOrder.First(bytes, TOrder.CommonLength(_keys[last], bytes) + 1));
    }

    /// <summary>Puts a new child right of the one that the path leads to, which has been split.</summary>
    private void InsertChild(Span<Step> path, int level, uint separator, uint child, uint leftCount, uint rightCount)
    {
        if (level > _height)
        {
            AddRoot(separator, child, leftCount, rightCount);
            return;
        }

        var (id, index, low, high) = path[level];
        var node = _inner[id];
        if (node.Count < TreeNode.Capacity)
        {
            InsertChild(node, index, separator, child, leftCount, rightCount);
            return;
        }

        const int Kept = TreeNode.Capacity / 2;
        var added = _inner.Take();
        var right = _inner[added];
        right.Skip = node.Skip;
        node.Children[Kept..].CopyTo(right.Children);
        node.Counts[Kept..].CopyTo(right.Counts);
        node.Keys[Kept..(TreeNode.Capacity - 1)].CopyTo(right.Keys);
        node.Heads[Kept..(TreeNode.Capacity - 1)].CopyTo(right.Heads);
        var middle = node.Keys[Kept - 1];
        right.Count = TreeNode.Capacity - Kept;
        node.Count = Kept;
        if (index < Kept)
        {
            InsertChild(node, index, separator, child, leftCount, rightCount);
        }
        else
        {
            InsertChild(right, index - Kept, separator, child, leftCount, rightCount);
        }

        Reskip(node, node.Count - 1, low, middle);
        Reskip(right, right.Count - 1, middle, high);
        InsertChild(path, level + 1, middle, added, Sum(node), Sum(right));
    }

    private void InsertChild(TreeNode node, int index, uint separator, uint child, uint leftCount, uint rightCount)
    {
        var count = node.Count;
        InsertAt(node.Heads, index, count - 1, TOrder.Head(_keys[separator], node.Skip));
        InsertAt(node.Keys, index, count - 1, separator);
        InsertAt(node.Children, index + 1, count, child);
        InsertAt(node.Counts, index + 1, count, rightCount);
        node.Counts[index] = leftCount;
        node.Count = count + 1;
    }

    private void AddRoot(uint separator, uint child, uint leftCount, uint rightCount)
    {
        var root = _inner.Take();
        var node = _inner[root];
        node.Children[0] = _root;
        node.Count = 1;
        InsertChild(node, 0, separator, child, leftCount, rightCount);
        _root = root;
        _height++;
    }

    /// <summary>Moves all keys of a leaf but the first <paramref name="kept"/> to another, which is empty.</summary>
    private static void Move(TreeNode from, TreeNode to, int kept)
    {
        from.Heads[kept..].CopyTo(to.Heads);
        from.Keys[kept..].CopyTo(to.Keys);
        to.Count = TreeNode.Capacity - kept;
        from.Count = kept;
    }

    /// <summary>Has a node skip what its keys now share, where that spares its heads two bytes or more.</summary>
    private void Reskip(TreeNode node, int count, uint low, uint high)
    {
        if (low == 0 || high == 0)
        {
            return;
        }

        var common = TOrder.CommonLength(_keys[low], _keys[high]);
        if (common >= node.Skip + 2)
        {
            SetSkip(node, count, common);
        }
    }

    private void SetSkip(TreeNode node, int count, int skip)
    {
        node.Skip = skip;
        foreach (var key in node.Keys[..count])
        {
            _keys.Prefetch(key);
        }

        for (var i = 0; i < count; i++)
        {
            node.Heads[i] = TOrder.Head(_keys[node.Keys[i]], skip);
        }
    }

    private static void InsertAt(Span<uint> words, int index, int count, uint word)
    {
        words[index..count].CopyTo(words[(index + 1)..]);
        words[index] = word;
    }

    private static uint Sum(TreeNode inner)
    {
        var sum = 0u;
        foreach (var count in inner.Counts[..inner.Count])
        {
            sum += count;
        }

        return sum;
    }

    /// <summary>A node on the way down, the child taken there, and the separators around the node; 0 = none.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Step(uint Node, int Child, uint Low, uint High);
}
