namespace KvStore.Core.Search.Tree;

/// <summary>References to keys, each with a number that the keys are sorted by.</summary>
/// <param name="heads">The numbers.</param>
/// <param name="keys">The references, as many.</param>
internal readonly ref struct HeadedKeys(Span<ulong> heads, Span<uint> keys)
{
    // Counting bytes costs as much for fewer keys than these as sorting them.
    private const int Many = 1_024;

    private readonly Span<ulong> _heads = heads;
    private readonly Span<uint> _keys = keys;

    /// <summary>Sorts both by the numbers.</summary>
    /// <param name="spare">As many, of any content, for use meanwhile.</param>
    /// <remarks>Many are sorted by each byte in turn, the lowest first (Knuth, "The Art of Computer Programming" vol. 3, 5.2.5), but for
    /// bytes that all have in common. Keys with one number stay in the order that they were in, which is that of their memory.</remarks>
    public void Sort(HeadedKeys spare)
    {
        if (_heads.Length < Many)
        {
            _heads.Sort(_keys);
            return;
        }

        var differing = 0UL;
        foreach (var head in _heads)
        {
            differing |= head ^ _heads[0];
        }

        var from = this;
        for (var shift = 0; shift < 64; shift += 8)
        {
            if ((byte)(differing >> shift) != 0)
            {
                from.Distribute(spare, shift);
                var sorted = spare;
                spare = from;
                from = sorted;
            }
        }

        from._heads.CopyTo(_heads);
        from._keys.CopyTo(_keys);
    }

    private void Distribute(HeadedKeys to, int shift)
    {
        Span<int> places = stackalloc int[byte.MaxValue + 1];
        places.Clear();
        foreach (var head in _heads)
        {
            places[(byte)(head >> shift)]++;
        }

        var next = 0;
        foreach (ref var place in places)
        {
            (place, next) = (next, next + place);
        }

        for (var i = 0; i < _heads.Length; i++)
        {
            var place = places[(byte)(_heads[i] >> shift)]++;
            to._heads[place] = _heads[i];
            to._keys[place] = _keys[i];
        }
    }
}
