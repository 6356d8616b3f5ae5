using KvStore.Core.Search.Tree;

namespace KvStore.Tests.Support;

/// <summary>Calls of a tree in one line each.</summary>
internal static class TreeCalls
{
    /// <summary>Adds a key that the tree does not have.</summary>
    public static void Insert<TOrder>(this OrderedTree<TOrder> tree, uint key)
        where TOrder : struct, IByteOrder
    {
        tree.Approach([key]);
        tree.Add(0);
    }
}
