namespace KvStore.Core.Search;

/// <summary>The order that lists have, for collections.</summary>
internal static class KeyOrder
{
    /// <summary>By bytes from the front, greatest first.</summary>
    public static readonly IComparer<byte[]> Descending =
        Comparer<byte[]>.Create(static (x, y) => y.AsSpan().SequenceCompareTo(x));
}
