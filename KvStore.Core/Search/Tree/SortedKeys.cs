namespace KvStore.Core.Search.Tree;

/// <summary>References to keys in their order, and what sorting them has found out.</summary>
/// <param name="keys">The references.</param>
/// <param name="heads">A head of each key, or nothing.</param>
/// <param name="headsStart">How many bytes come before the heads.</param>
internal readonly ref struct SortedKeys(ReadOnlySpan<uint> keys, ReadOnlySpan<ulong> heads = default, int headsStart = 0)
{
    /// <summary>The references.</summary>
    public readonly ReadOnlySpan<uint> Keys = keys;

    /// <summary>The <see cref="IByteOrder.LongHead"/> of each key; or nothing.</summary>
    public readonly ReadOnlySpan<ulong> Heads = heads;

    /// <summary>How many bytes come before the heads: all keys share them.</summary>
    public readonly int HeadsStart = headsStart;
}
