using KvStore.Core.Memory;

namespace KvStore.Core.Search.Tree;

/// <summary>Sorts references to keys, by the keys' bytes.</summary>
/// <remarks>
/// <para>A key is far away, and keys often begin alike: so seven bytes of each, after those that all share, are read into a number,
/// and the numbers are sorted. Keys with one number, a run, are sorted by the bytes after those, and so on (Bentley and Sedgewick, "Fast
/// Algorithms for Sorting and Searching Strings", SODA 1997, by words instead of bytes).</para>
/// <para>Each step reads a key twice at the most, and no further than the keys of its run are alike. Keys that many still begin alike
/// with after <see cref="MaxSteps"/> are compared. So no keys, whatever they are, cost more than n log n comparisons of what they do not
/// all share, and steps do not go deep.</para>
/// <para>Not thread safe; the keys may not change meanwhile.</para>
/// </remarks>
/// <typeparam name="TOrder">The order.</typeparam>
internal sealed class KeySort<TOrder>
    where TOrder : struct, IByteOrder
{
    /// <summary>The most steps.</summary>
    public const int MaxSteps = 16;

    // So far ahead the keys of a run are asked for.
    private const int Ahead = 64;

    // So few are compared at once: to read heads and sort them takes as long.
    private const int Few = 16;

    private readonly KeyHeap _heap;
    private readonly uint[] _keys;
    private readonly Comparison<uint> _compare;
    private ulong[] _heads = [];
    private ulong[] _spareHeads = [];
    private uint[] _spareKeys = [];
    private int _known;
    private bool _areHeadsFirst;

    /// <summary>Makes a sort.</summary>
    /// <param name="heap">Where the keys' bytes lie.</param>
    /// <param name="keys">What is to be sorted.</param>
    public KeySort(KeyHeap heap, uint[] keys)
    {
        _heap = heap;
        _keys = keys;
        _compare = Compare;
    }

    /// <summary>How often a key was read: what sorting cost, told without a clock.</summary>
    public long KeysRead { get; private set; }

    /// <summary>Sorts the keys. Takes 20 bytes for each, unless they are in order.</summary>
    /// <returns>The same keys, with the heads of the first step where no other one needed their place.</returns>
    public SortedKeys Sort()
    {
        if (IsSorted())
        {
            return new SortedKeys(_keys);
        }

        _heads = GC.AllocateUninitializedArray<ulong>(_keys.Length);
        _spareHeads = GC.AllocateUninitializedArray<ulong>(_keys.Length);
        _spareKeys = GC.AllocateUninitializedArray<uint>(_keys.Length);
        var shared = Sort(0, _keys.Length, known: 0, step: 0);
        return _areHeadsFirst ? new SortedKeys(_keys, _heads, shared) : new SortedKeys(_keys);
    }

    private bool IsSorted()
    {
        for (var i = 1; i < _keys.Length; i++)
        {
            if (Compare(_keys[i - 1], _keys[i]) > 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Sorts a run of keys.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="known">How many bytes all are known to share.</param>
    /// <param name="step">How many steps have been made to find that.</param>
    /// <returns>How many bytes come before the heads.</returns>
    private int Sort(int start, int count, int known, int step)
    {
        var keys = _keys.AsSpan(start, count);
        if (count <= Few || step == MaxSteps)
        {
            _known = known;
            SortByComparing(keys);
            return known;
        }

        var heads = _heads.AsSpan(start, count);
        known = ReadHeads(keys, heads, known);
        _areHeadsFirst = step == 0;
        new HeadedKeys(heads, keys).Sort(new HeadedKeys(_spareHeads.AsSpan(start, count), _spareKeys.AsSpan(start, count)));
        for (int first = 0, next, ahead = 0; first < count; first = next)
        {
            ahead = PrefetchRuns(keys, heads, ahead, Math.Min(first + Ahead, count));
            next = first + 1;
            while (next < count && heads[next] == heads[first])
            {
                next++;
            }

            if (next - first > 1 && LongHead.HasMore(heads[first]))
            {
                // The heads of the run are others from here on. They have been looked at.
                Sort(start + first, next - first, known + LongHead.KeyBytes, step + 1);
            }
        }

        return known;
    }

    /// <summary>Reads the heads of keys, after the bytes that all of them share.</summary>
    /// <returns>How many bytes those are.</returns>
    private int ReadHeads(ReadOnlySpan<uint> keys, Span<ulong> heads, int known)
    {
        // What the first and the last share is likely to be what all do. Where it is not, it is after one more look.
        var shared = TOrder.After(_heap[keys[0]], known);
        shared = TOrder.First(shared, TOrder.CommonLength(shared, TOrder.After(_heap[keys[^1]], known)));
        int guess;
        do
        {
            guess = shared.Length;
            for (var i = 0; i < keys.Length; i++)
            {
                var rest = TOrder.After(_heap[keys[i]], known);
                var common = TOrder.CommonLength(shared, rest);
                if (common < shared.Length)
                {
                    shared = TOrder.First(shared, common);
                }

                heads[i] = TOrder.LongHead(TOrder.After(rest, common));
            }

            KeysRead += keys.Length;
        }
        while (shared.Length < guess);

        return known + guess;
    }

    /// <summary>Asks for the keys that are to be read again, as others have the same head.</summary>
    private int PrefetchRuns(ReadOnlySpan<uint> keys, ReadOnlySpan<ulong> heads, int start, int end)
    {
        for (; start < end; start++)
        {
            if ((start > 0 && heads[start] == heads[start - 1]) || (start + 1 < heads.Length && heads[start] == heads[start + 1]))
            {
                _heap.Prefetch(keys[start]);
            }
        }

        return start;
    }

    private void SortByComparing(Span<uint> keys)
    {
        if (keys.Length > Few)
        {
            keys.Sort(_compare);
            return;
        }

        for (var i = 1; i < keys.Length; i++)
        {
            var key = keys[i];
            var place = i;
            for (; place > 0 && Compare(keys[place - 1], key) > 0; place--)
            {
                keys[place] = keys[place - 1];
            }

            keys[place] = key;
        }
    }

    private int Compare(uint x, uint y)
    {
        KeysRead += 2;
        return TOrder.Compare(TOrder.After(_heap[x], _known), TOrder.After(_heap[y], _known));
    }
}
