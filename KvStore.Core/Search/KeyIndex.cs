using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <summary>All keys of a store, with their bytes, in prefix order and in suffix order.</summary>
/// <remarks>
/// <para>Thread safety: one lock guards the two trees. It is held for one slice of a search, or for some changes, never across
/// calls, and what is called meanwhile only looks at a key. A second one, inside it, guards the heap and the list of keys that are
/// not in the trees yet. Both are taken inside a shard's lock, never the other way round. The bytes of a key may be read without
/// any (<see cref="KeyHeap"/>).</para>
/// </remarks>
internal sealed partial class KeyIndex
{
    /// <summary>Whether keys are kept without any order: searches find nothing, and counts with a filter are 0.</summary>
    /// <remarks>For <c>bench/run.sh index</c> alone, which measures what the orders cost writes and reads that do not need them. Set by
    /// the AppContext switch <c>KvStore.Benchmark.WithoutIndex</c>; static and read once, so that it costs nothing where it is off.</remarks>
    private static readonly bool IsWithoutOrder =
        AppContext.TryGetSwitch("KvStore.Benchmark.WithoutIndex", out var isOn) && isOn;

    private readonly Lock _lock = new();
    private readonly OrderedTree<ForwardOrder> _forward;
    private readonly OrderedTree<BackwardOrder> _backward;
    private long _keysRead;

    /// <summary>Makes an empty index.</summary>
    /// <param name="maxChunks">The most chunks for keys, and for what each order keeps of them; no more than references reach.</param>
    public KeyIndex(int maxChunks = KeyHeap.MaxChunks)
    {
        Keys = new(maxChunks);
        _forward = new(Keys, new(maxChunks));
        _backward = new(Keys, new(maxChunks));
    }

    /// <summary>The bytes of the keys.</summary>
    public KeyHeap Keys { get; }

    /// <summary>How many keys there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                Settle();
                return _forward.Count;
            }
        }
    }

    /// <summary>Bytes of keys and trees, in use or not.</summary>
    public long ReservedBytes
    {
        get
        {
            lock (_lock)
            {
                lock (_heapLock)
                {
                    return Keys.ReservedBytes + _forward.ReservedBytes + _backward.ReservedBytes;
                }
            }
        }
    }

    /// <summary>Keys that searches and counts have looked at, ever: what they cost, told without a clock.</summary>
    public long KeysRead
    {
        get
        {
            lock (_lock)
            {
                return _keysRead;
            }
        }
    }

    /// <summary>How many keys come after the cursor and have the prefix, and how many in all have the suffix.</summary>
    public (int Prefix, int Suffix) Measure(in KeyFilter filter, ReadOnlySpan<byte> after, bool hasCursor)
    {
        lock (_lock)
        {
            Settle();
            var end = _forward.Rank(Bound.AfterAll(filter.Prefix.Span));
            var start = _forward.Rank(Bound.Before(filter.Prefix.Span));
            if (hasCursor)
            {
                start = Math.Clamp(_forward.Rank(Bound.After(after)), start, end);
            }

            var suffix = filter.Suffix.Span;
            return (end - start, _backward.Rank(Bound.AfterAll(suffix)) - _backward.Rank(Bound.Before(suffix)));
        }
    }

    /// <summary>Reads on in prefix order.</summary>
    /// <param name="start">Where from.</param>
    /// <param name="limit">How many keys at the most.</param>
    /// <param name="visit">Is given each key; returns whether to go on.</param>
    /// <returns>False where all keys have been read.</returns>
    public bool ReadForward(in Bound start, int limit, KeyVisitor visit)
    {
        lock (_lock)
        {
            Settle();
            return Read(_forward, start, limit, visit);
        }
    }

    /// <summary>Reads on in suffix order; as <see cref="ReadForward"/>.</summary>
    public bool ReadBackward(in Bound start, int limit, KeyVisitor visit)
    {
        lock (_lock)
        {
            Settle();
            return Read(_backward, start, limit, visit);
        }
    }

    private bool Read<TOrder>(OrderedTree<TOrder> tree, in Bound start, int limit, KeyVisitor visit)
        where TOrder : struct, IByteOrder
    {
        var position = tree.Seek(start);
        for (var i = 0; i < limit; i++)
        {
            if (!tree.TryRead(ref position, out var key))
            {
                return false;
            }

            _keysRead++;
            if (!visit(Keys[key]))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Is given a key while it is being read.</summary>
/// <returns>Whether to go on.</returns>
internal delegate bool KeyVisitor(ReadOnlySpan<byte> key);
