namespace KvStore.Core.Search.Tree;

/// <content>Sharing the keys of a full leaf with a neighbour, so that fewer leaves are split and all are fuller.</content>
/// <remarks>As B*-trees do (Knuth, "The Art of Computer Programming" vol. 3, 6.2.4).</remarks>
internal sealed partial class OrderedTree<TOrder>
{
    // A neighbour with more keys than this is left alone: it would be full again after a few inserts.
    private const int Roomy = TreeNode.Capacity * 3 / 4;

    /// <summary>Adds a key to a leaf that is full, where a neighbour takes some of the leaf's keys.</summary>
    /// <param name="path">The way to the leaf.</param>
    /// <param name="key">The key.</param>
    /// <returns>False where no neighbour has room; nothing has changed then.</returns>
    private bool TryShare(Span<Step> path, uint key)
    {
        if (_height == 0)
        {
            return false;
        }

        var (id, child, low, high) = path[1];
        var parent = _inner[id];
        var left = HasRoom(parent, child + 1) ? child : child - 1;
        if (left < child && !HasRoom(parent, left))
        {
            return false;
        }

        low = left > 0 ? parent.Keys[left - 1] : low;
        high = left + 1 < parent.Count - 1 ? parent.Keys[left + 1] : high;
        var first = _leaves[parent.Children[left]];
        var second = _leaves[parent.Children[left + 1]];
        var kept = (first.Count + second.Count) / 2;
        var separator = AddSeparator(KeyAt(first, second, kept - 1), KeyAt(first, second, kept));

        EqualizeSkips(first, first.Count, second, second.Count, _keys);
        Level(first, second, kept);
        _separators.Free(parent.Keys[left]);
        parent.Keys[left] = separator;
        parent.Heads[left] = TOrder.Head(_separators[separator], parent.Skip);

        var bytes = _keys[key];
        var leaf = TOrder.Compare(bytes, _separators[separator]) < 0 ? first : second;
        InsertKey(leaf, FindKey(leaf, Bound.Before(bytes)), key, bytes);
        parent.Counts[left] = (uint)first.Count;
        parent.Counts[left + 1] = (uint)second.Count;
        Reskip(first, first.Count, _keys, low, separator);
        Reskip(second, second.Count, _keys, separator, high);
        return true;
    }

    private bool HasRoom(TreeNode parent, int child) =>
        child >= 0 && child < parent.Count && _leaves[parent.Children[child]].Count <= Roomy;

    private static uint KeyAt(TreeNode first, TreeNode second, int index) =>
        index < first.Count ? first.Keys[index] : second.Keys[index - first.Count];

    /// <summary>Moves keys between two leaves, so that the first has <paramref name="kept"/>.</summary>
    private static void Level(TreeNode first, TreeNode second, int kept)
    {
        Level(first.Heads, first.Count, second.Heads, second.Count, kept);
        Level(first.Keys, first.Count, second.Keys, second.Count, kept);
        (first.Count, second.Count) = (kept, first.Count + second.Count - kept);
    }

    private static void Level(Span<uint> first, int firstCount, Span<uint> second, int secondCount, int kept)
    {
        var moved = firstCount - kept;
        if (moved > 0)
        {
            second[..secondCount].CopyTo(second[moved..]);
            first[kept..firstCount].CopyTo(second);
        }
        else
        {
            second[..-moved].CopyTo(first[firstCount..]);
            second[-moved..secondCount].CopyTo(second);
        }
    }
}
