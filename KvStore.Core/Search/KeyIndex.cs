using KvStore.Core.Memory;
using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <summary>All keys of a store, with their bytes, in prefix order and in suffix order.</summary>
/// <remarks>
/// <para>Thread safety: one lock guards heap and trees. It is held for one key's change or for one slice of a search, never
/// across calls, and what is called meanwhile only looks at a key. It is taken inside a shard's lock, never the other way round.
/// The bytes of a key may be read without it (<see cref="KeyHeap"/>).</para>
/// </remarks>
internal sealed class KeyIndex
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
    /// <param name="keys">Where the keys' bytes are to lie; null = in a heap of its own.</param>
    public KeyIndex(KeyHeap? keys = null)
    {
        Keys = keys ?? new();
        _forward = new(Keys);
        _backward = new(Keys);
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
                return Keys.ReservedBytes + _forward.ReservedBytes + _backward.ReservedBytes;
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

    /// <summary>Adds a key that is not in the index.</summary>
    /// <returns>The reference to its bytes.</returns>
    /// <remarks>Where it fails, for want of memory, nothing has changed.</remarks>
    public uint Add(ReadOnlySpan<byte> key)
    {
        lock (_lock)
        {
            var reference = Keys.Add(key);
            if (IsWithoutOrder)
            {
                return reference;
            }

            // Both orders wait for memory at once.
            _forward.Approach(reference);
            _backward.Approach(reference);
            var isInForward = false;
            try
            {
                _forward.Add(reference);
                isInForward = true;
                _backward.Add(reference);
                return reference;
            }
            catch
            {
                Withdraw(reference, isInForward);
                throw;
            }
        }
    }

    /// <summary>Removes a key that is in the index, and frees its bytes.</summary>
    public void Remove(uint key)
    {
        lock (_lock)
        {
            if (!IsWithoutOrder)
            {
                _forward.Remove(key);
                _backward.Remove(key);
            }

            Keys.Free(key);
        }
    }

    /// <summary>How many keys come after the cursor and have the prefix, and how many in all have the suffix.</summary>
    public (int Prefix, int Suffix) Measure(in KeyFilter filter, ReadOnlySpan<byte> after, bool hasCursor)
    {
        lock (_lock)
        {
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
            return Read(_forward, start, limit, visit);
        }
    }

    /// <summary>Reads on in suffix order; as <see cref="ReadForward"/>.</summary>
    public bool ReadBackward(in Bound start, int limit, KeyVisitor visit)
    {
        lock (_lock)
        {
            return Read(_backward, start, limit, visit);
        }
    }

    private void Withdraw(uint key, bool isInForward)
    {
        _backward.Retreat();
        if (isInForward)
        {
            _forward.Remove(key);
        }
        else
        {
            _forward.Retreat();
        }

        Keys.Free(key);
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
