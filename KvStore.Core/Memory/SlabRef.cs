namespace KvStore.Core.Memory;

/// <summary>Where a cell of a <see cref="Slabs"/> is: a chunk, and an offset in it that is counted in granules of 2 bytes.</summary>
/// <param name="Value">The chunk in the bits from 17 up, the offset in the lower 17. 0 is no cell, as chunk 0 is never used.</param>
internal readonly record struct SlabRef(ulong Value)
{
    /// <summary>Bytes of a granule: what every cell begins at a multiple of.</summary>
    public const int GranuleBytes = 2;

    private const int OffsetBits = 17;

    public SlabRef(int chunk, int offset)
        : this(((ulong)chunk << OffsetBits) | (uint)(offset / GranuleBytes))
    {
    }

    /// <summary>The number of the chunk.</summary>
    public int Chunk => (int)(Value >> OffsetBits);

    /// <summary>The offset in the chunk, in bytes.</summary>
    public int Offset => (int)(Value & ((1 << OffsetBits) - 1)) * GranuleBytes;
}
