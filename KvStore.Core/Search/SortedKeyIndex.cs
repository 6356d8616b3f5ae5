namespace KvStore.Core.Search;

/// <summary>
/// A <see cref="IKeyIndex"/> of two red-black trees over the same key objects: one in forward and one in backward order.
/// </summary>
/// <remarks>
/// <para>Thread safety: one lock guards both trees. It is held for a bounded number of keys, never across calls. It is
/// taken inside a shard's lock, never the other way round.</para>
/// <para>Search: first a slice of the forward order from the cursor, within the prefix. Where that finds too few, and there
/// is a suffix, all keys with the suffix are gathered if they are few; otherwise the forward order is read on, where matches
/// are then frequent.</para>
/// </remarks>
internal sealed class SortedKeyIndex : IKeyIndex
{
    // Bounds on the keys examined under one hold of the lock: well under a millisecond.
    private const int SliceKeys = 2_048;
    private const int GatherKeys = 4_096;

    private readonly Lock _lock = new();
    private readonly SortedSet<byte[]> _forward = new(KeyOrder.Forward);
    private readonly SortedSet<byte[]> _backward = new(KeyOrder.Backward);

    /// <inheritdoc />
    public void Add(byte[] key)
    {
        lock (_lock)
        {
            _forward.Add(key);
            _backward.Add(key);
        }
    }

    /// <inheritdoc />
    public void Remove(byte[] key)
    {
        lock (_lock)
        {
            _forward.Remove(key);
            _backward.Remove(key);
        }
    }

    /// <inheritdoc />
    public bool Read(in KeyFilter filter, KeyCursor cursor, int limit, List<byte[]> matches)
    {
        lock (_lock)
        {
            var wanted = matches.Count + limit;
            var more = ReadForward(filter, cursor, wanted, matches);
            if (!more || matches.Count == wanted || filter.Suffix.IsEmpty || !TryGather(filter, cursor, out var gathered))
            {
                return more;
            }

            var taken = Math.Min(wanted - matches.Count, gathered.Count);
            matches.AddRange(gathered.GetRange(0, taken));
            if (taken < gathered.Count)
            {
                cursor.MoveTo(gathered[taken - 1]);
                return true;
            }

            return false;
        }
    }

    /// <summary>Reads a slice of the forward order; false when it reached the end of the prefix.</summary>
    private bool ReadForward(in KeyFilter filter, KeyCursor cursor, int wanted, List<byte[]> matches)
    {
        var examined = 0;
        foreach (var key in From(_forward, Later(cursor.After, filter.Prefix)))
        {
            if (IsSeen(key, cursor.After))
            {
                continue;
            }

            if (!key.AsSpan().StartsWith(filter.Prefix.Span))
            {
                return false;
            }

            if (examined == SliceKeys || matches.Count == wanted)
            {
                return true;
            }

            examined++;
            cursor.MoveTo(key);
            if (key.AsSpan().EndsWith(filter.Suffix.Span))
            {
                matches.Add(key);
            }
        }

        return false;
    }

    /// <summary>Gathers all matches after the cursor, in forward order; false where the suffix has too many keys.</summary>
    private bool TryGather(in KeyFilter filter, KeyCursor cursor, out List<byte[]> gathered)
    {
        gathered = [];
        var examined = 0;
        foreach (var key in From(_backward, filter.Suffix.ToArray()))
        {
            if (!key.AsSpan().EndsWith(filter.Suffix.Span))
            {
                break;
            }

            if (++examined > GatherKeys)
            {
                return false;
            }

            if (key.AsSpan().StartsWith(filter.Prefix.Span) && !IsSeen(key, cursor.After))
            {
                gathered.Add(key);
            }
        }

        gathered.Sort(KeyOrder.Forward);
        return true;
    }

    /// <summary>The keys of a tree that are not before <paramref name="lower"/>, in its order.</summary>
    private static IEnumerable<byte[]> From(SortedSet<byte[]> tree, byte[] lower) =>
        tree.Max is { } max && tree.Comparer.Compare(lower, max) <= 0 ? tree.GetViewBetween(lower, max) : [];

    private static byte[] Later(byte[]? after, ReadOnlyMemory<byte> prefix) =>
        after is not null && after.AsSpan().SequenceCompareTo(prefix.Span) > 0 ? after : prefix.ToArray();

    private static bool IsSeen(byte[] key, byte[]? after) =>
        after is not null && key.AsSpan().SequenceCompareTo(after) <= 0;
}
