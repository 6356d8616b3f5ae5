using System.Runtime.InteropServices;
using KvStore.Core.Memory;

namespace KvStore.Core.Search.Tree;

/// <summary>References to keys, in order: a B+tree that counts, over keys that lie in a <see cref="KeyHeap"/>.</summary>
/// <remarks>
/// <para>Not thread safe.</para>
/// <para>Invariants: 1. keys of a leaf, and leaves by their links, are in order; 2. a separator is greater than every key left
/// of it and not greater than any right of it; it is a copy that the tree owns, cut to the bytes that tell its sides apart, so
/// deleting a key never touches it; 3. all keys that belong into a node share its skipped bytes, as the separators around it do
/// (Bayer and Unterauer, "Prefix B-Trees", TODS 1977); 4. a count is the number of keys below its child.</para>
/// </remarks>
/// <typeparam name="TOrder">The order.</typeparam>
internal sealed partial class OrderedTree<TOrder>
    where TOrder : struct, IByteOrder
{
    /// <summary>The most keys that can be approached at once.</summary>
    public const int MaxApproached = 16;

    private const int MaxHeight = 12;

    private readonly KeyHeap _keys;
    private readonly KeyHeap _separators;
    private readonly NodePool _leaves = new(TreeNode.LeafWords);
    private readonly NodePool _inner = new(TreeNode.InnerWords);

    // The keys that were approached last, and the ways down to their leaves: the root is at the tree's height, the leaf at 0.
    private readonly uint[] _approached = new uint[MaxApproached];
    private readonly Step[] _paths = new Step[MaxApproached * MaxHeight];

    // Counts the changes by which a way down may have become another.
    private int _shape;
    private int _approachedShape;
    private uint _root;
    private int _height;

    /// <summary>Makes an empty tree.</summary>
    /// <param name="keys">Where the keys' bytes lie.</param>
    /// <param name="separators">Where to keep parts of keys; no other tree may.</param>
    public OrderedTree(KeyHeap keys, KeyHeap separators)
    {
        _keys = keys;
        _separators = separators;
        _leaves.Reserve(1);
        _root = _leaves.Take();
    }

    /// <summary>How many keys the tree has.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of all nodes and separators, in use or not.</summary>
    public long ReservedBytes => _leaves.ReservedBytes + _inner.ReservedBytes + _separators.ReservedBytes;

    /// <summary>How many keys are before <paramref name="bound"/>.</summary>
    public int Rank(in Bound bound)
    {
        var node = _root;
        var rank = 0;
        for (var level = _height; level > 0; level--)
        {
            var inner = _inner[node];
            var child = FindChild(inner, bound);
            foreach (var count in inner.Counts[..child])
            {
                rank += (int)count;
            }

            node = inner.Children[child];
        }

        return rank + FindKey(_leaves[node], bound);
    }

    /// <summary>The place of the first key after <paramref name="bound"/>.</summary>
    public TreePosition Seek(in Bound bound)
    {
        var node = _root;
        for (var level = _height; level > 0; level--)
        {
            var inner = _inner[node];
            node = inner.Children[FindChild(inner, bound)];
        }

        return new TreePosition(node, FindKey(_leaves[node], bound));
    }

    /// <summary>Reads the key at a place and moves the place on; false at the end. Good until the tree is next changed.</summary>
    public bool TryRead(ref TreePosition position, out uint key)
    {
        var (leaf, index) = position;
        while (leaf != 0)
        {
            var node = _leaves[leaf];
            if (index < node.Count)
            {
                key = node.Keys[index];
                position = new TreePosition(leaf, index + 1);
                return true;
            }

            (leaf, index) = (node.Next, 0);
        }

        key = 0;
        position = default;
        return false;
    }

    private int FindKey(TreeNode leaf, in Bound bound) => Find(leaf, leaf.Count, _keys, bound);

    /// <summary>The child that <paramref name="bound"/> falls into. What equals a separator is right of it.</summary>
    private int FindChild(TreeNode inner, in Bound bound) => Find(
        inner, inner.Count - 1, _separators, bound.Kind == BoundKind.Before ? Bound.After(bound.Key) : bound);

    /// <summary>How many of the first <paramref name="count"/> keys of a node are before <paramref name="bound"/>.</summary>
    private static int Find(TreeNode node, int count, KeyHeap heap, in Bound bound)
    {
        var skip = node.Skip;
        var head = TOrder.Head(bound.Key, skip);
        var low = node.CountHeadsBelow(head, count);

        // What begins with fewer than four bytes more may have any head that begins with them.
        var known = bound.Key.Length - skip;
        var last = bound.Kind == BoundKind.AfterAll && known < sizeof(uint) ? head | (uint.MaxValue >> (8 * known)) : head;
        var high = last == uint.MaxValue ? count : node.CountHeadsBelow(last + 1, count);

        // The heads say nothing about keys in between: they are few, and looked at themselves.
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (IsBefore(heap[node.Keys[middle]], bound))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static bool IsBefore(ReadOnlySpan<byte> key, in Bound bound)
    {
        var order = TOrder.Compare(key, bound.Key);
        return order < 0
            || (order == 0 && bound.Kind != BoundKind.Before)
            || (bound.Kind == BoundKind.AfterAll && TOrder.Begins(key, bound.Key));
    }
}

/// <summary>A place in a tree: before the key at an index of a leaf, or at the leaf's end.</summary>
/// <param name="Leaf">The leaf; 0 = after the last key.</param>
/// <param name="Index">The index, from 0 to the number of its keys.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TreePosition(uint Leaf, int Index);
