using System.Runtime.InteropServices;
using KvStore.Core.Memory;

namespace KvStore.Core.Search.Tree;

/// <content>Adding a key, and splitting the nodes that are full.</content>
internal sealed partial class OrderedTree<TOrder>
{
    /// <summary>Goes down to where keys belong, with all of them level by level, so that they wait for memory together.</summary>
    /// <param name="keys">Keys that the tree does not have, at most <see cref="MaxApproached"/>.</param>
    public void Approach(ReadOnlySpan<uint> keys)
    {
        keys.CopyTo(_approached);
        for (var i = 0; i < keys.Length; i++)
        {
            Path(i)[_height] = new Step(_root, 0, Low: 0, High: 0);
        }

        for (var level = _height; level > 0; level--)
        {
            var pool = level == 1 ? _leaves : _inner;
            for (var i = 0; i < keys.Length; i++)
            {
                Prefetch.Of(pool.Words(StepDown(Path(i), level, Bound.After(_keys[keys[i]]))));
            }
        }

        _approachedShape = _shape;
    }

    /// <summary>Adds one of the keys that were approached last.</summary>
    /// <param name="index">Which of them.</param>
    /// <remarks>Where it fails, for want of memory, nothing has changed: all that a split needs is taken before anything is moved.</remarks>
    public void Add(int index)
    {
        var key = _approached[index];
        var bytes = _keys[key];
        var path = Path(index);
        if (_shape != _approachedShape)
        {
            Descend(path, bytes);
        }

        Recount(path, 1);
        var leaf = path[0].Node;
        var node = _leaves[leaf];
        if (node.Count < TreeNode.Capacity)
        {
            InsertKey(node, FindKey(node, Bound.Before(bytes)), key, bytes);
        }
        else
        {
            AddToFull(path, key);
        }
    }

    private void AddToFull(Span<Step> path, uint key)
    {
        try
        {
            if (_leaves[path[0].Node].Next == 0 || !TryShare(path, key))
            {
                SplitLeaf(path, key);
            }

            _shape++;
        }
        catch
        {
            Recount(path, -1);
            throw;
        }
    }

    private Span<Step> Path(int index) => _paths.AsSpan(index * MaxHeight, MaxHeight);

    /// <summary>Goes down to the leaf that a key belongs into.</summary>
    private void Descend(Span<Step> path, ReadOnlySpan<byte> key)
    {
        path[_height] = new Step(_root, 0, Low: 0, High: 0);
        for (var level = _height; level > 0; level--)
        {
            StepDown(path, level, Bound.After(key));
        }
    }

    private uint StepDown(Span<Step> path, int level, in Bound bound)
    {
        var step = path[level];
        var inner = _inner[step.Node];
        var child = FindChild(inner, bound);
        path[level] = step with { Child = child };
        var node = inner.Children[child];
        path[level - 1] = new Step(
            node,
            0,
            Low: child > 0 ? inner.Keys[child - 1] : step.Low,
            High: child < inner.Count - 1 ? inner.Keys[child] : step.High);
        return node;
    }

    /// <summary>Changes the counts on a way down.</summary>
    private void Recount(ReadOnlySpan<Step> path, int delta)
    {
        Count += delta;
        for (var level = _height; level > 0; level--)
        {
            ref var count = ref _inner[path[level].Node].Counts[path[level].Child];
            count = (uint)(count + delta);
        }
    }

    private static void InsertKey(TreeNode leaf, int index, uint key, ReadOnlySpan<byte> bytes)
    {
        var count = leaf.Count;
        InsertAt(leaf.Heads, index, count, TOrder.Head(bytes, leaf.Skip));
        InsertAt(leaf.Keys, index, count, key);
        leaf.Count = count + 1;
    }

    private void SplitLeaf(Span<Step> path, uint key)
    {
        var bytes = _keys[key];
        var left = _leaves[path[0].Node];
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
        Reskip(left, left.Count, _keys, low, separator);
        Reskip(right, right.Count, _keys, separator, high);
        InsertChild(path, level: 1, separator, added, (uint)left.Count, (uint)right.Count);
    }

    /// <summary>Makes a separator of two leaves: the shortest part of the right one's first key that the left one's last comes before.</summary>
    private uint AddSeparator(uint last, uint first)
    {
        var bytes = _keys[first];
        return _separators.Add(TOrder.First(bytes, TOrder.CommonLength(_keys[last], bytes) + 1));
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

        Reskip(node, node.Count - 1, _separators, low, middle);
        Reskip(right, right.Count - 1, _separators, middle, high);
        InsertChild(path, level + 1, middle, added, Sum(node), Sum(right));
    }

    private void InsertChild(TreeNode node, int index, uint separator, uint child, uint leftCount, uint rightCount)
    {
        var count = node.Count;
        InsertAt(node.Heads, index, count - 1, TOrder.Head(_separators[separator], node.Skip));
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
    private void Reskip(TreeNode node, int count, KeyHeap heap, uint low, uint high)
    {
        var common = SharedBetween(low, high);
        if (common >= node.Skip + 2)
        {
            SetSkip(node, count, heap, common);
        }
    }

    /// <summary>How many bytes all keys between two separators share; 0 = no separator, where nothing is known of them.</summary>
    private int SharedBetween(uint low, uint high) =>
        low == 0 || high == 0 ? 0 : TOrder.CommonLength(_separators[low], _separators[high]);

    private static void SetSkip(TreeNode node, int count, KeyHeap heap, int skip)
    {
        node.Skip = skip;
        PrefetchAll(node.Keys[..count], heap);
        for (var i = 0; i < count; i++)
        {
            node.Heads[i] = TOrder.Head(heap[node.Keys[i]], skip);
        }
    }

    private static void PrefetchAll(ReadOnlySpan<uint> keys, KeyHeap heap)
    {
        foreach (var key in keys)
        {
            heap.Prefetch(key);
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
