namespace KvStore.Core.Search;

/// <summary>The order that lists have, for collections.</summary>
internal static class KeyOrder
{
    /// <summary>By bytes from the front.</summary>
    public static readonly IComparer<byte[]> Forward =
        Comparer<byte[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y));

    /// <summary>The same, greatest first.</summary>
    public static readonly IComparer<byte[]> Descending =
        Comparer<byte[]>.Create(static (x, y) => y.AsSpan().SequenceCompareTo(x));
}
