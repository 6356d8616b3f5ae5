namespace KvStore.Core.Search;

/// <summary>The two orders that keys are kept in.</summary>
internal static class KeyOrder
{
    /// <summary>By bytes from the front: the order that lists have.</summary>
    public static readonly IComparer<byte[]> Forward =
        Comparer<byte[]>.Create(static (x, y) => x.AsSpan().SequenceCompareTo(y));

    /// <summary>By bytes from the back: in this order all keys with one suffix stand together.</summary>
    public static readonly IComparer<byte[]> Backward =
        Comparer<byte[]>.Create(static (x, y) => CompareBackward(x, y));

    private static int CompareBackward(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var shorter = Math.Min(x.Length, y.Length);
        for (var i = 1; i <= shorter; i++)
        {
            if (x[^i] != y[^i])
            {
                return x[^i] - y[^i];
            }
        }

        return x.Length - y.Length;
    }
}
