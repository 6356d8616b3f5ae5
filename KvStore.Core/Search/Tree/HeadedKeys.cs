namespace KvStore.Core.Search.Tree;

/// <summary>References to keys, each with a number that the keys are sorted by.</summary>
/// <param name="heads">The numbers.</param>
/// <param name="keys">The references, as many.</param>
internal readonly ref struct HeadedKeys(Span<ulong> heads, Span<uint> keys)
{
    // Counting bytes costs as much for fewer keys than these as sorting them.
    private const int Many = 1_024;

    // From these on two bytes are counted at once: text has few of all pairs, so what is written stays near.
    private const int VeryMany = 1 << 20;

    private readonly Span<ulong> _heads = heads;
    private readonly Span<uint> _keys = keys;

    /// <summary>Sorts both by the numbers.</summary>
    /// <param name="spare">As many, of any content, for use meanwhile.</param>
    /// <remarks>Many are sorted by each byte, or each two, in turn, the lowest first (Knuth, "The Art of Computer Programming" vol. 3, 5.2.5), but for
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
        var bits = _heads.Length < VeryMany ? 8 : 16;
        var places = new int[1 << bits];
        for (var shift = 0; shift < 64; shift += bits)
        {
            if (((differing >> shift) & (uint)(places.Length - 1)) != 0)
            {
                from.Distribute(spare, shift, places);
                var sorted = spare;
                spare = from;
                from = sorted;
            }
        }

        from._heads.CopyTo(_heads);
        from._keys.CopyTo(_keys);
    }

    private void Distribute(HeadedKeys to, int shift, Span<int> places)
    {
        var mask = (uint)places.Length - 1;
        places.Clear();
        foreach (var head in _heads)
        {
            places[(int)((uint)(head >> shift) & mask)]++;
        }

        var next = 0;
        foreach (ref var place in places)
        {
            (place, next) = (next, next + place);
        }

        for (var i = 0; i < _heads.Length; i++)
        {
            var place = places[(int)((uint)(_heads[i] >> shift) & mask)]++;
            to._heads[place] = _heads[i];
            to._keys[place] = _keys[i];
        }
    }
}
