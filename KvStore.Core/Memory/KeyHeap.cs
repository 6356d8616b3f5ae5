using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KvStore.Core.Memory;

/// <summary>Holds the bytes of keys; a reference to a key is 32 bits.</summary>
/// <remarks>
/// <para>A key's cell is its length, in one byte to 127 and else in two (big-endian, with the highest bit set), or in four
/// beyond 16,383 (the two highest bits set); then its bytes. References reach 32,767 chunks: 8 GiB of cells, or as many keys
/// that are longer than a page's cells.</para>
/// <para>Thread safety: that of <see cref="Slabs"/>; <see cref="this"/> is what may be called beside a writer.</para>
/// </remarks>
internal sealed class KeyHeap
{
    /// <summary>The most chunks that references reach.</summary>
    public const int MaxChunks = (1 << 15) - 1;

    private const int FewChunks = 1_000;
    private const int MaxShort = 0x7F;
    private const int MaxMedium = 0x3FFF;
    private const ushort MediumMark = 0x8000;
    private const uint LongMark = 0xC000_0000;

    private readonly Slabs _slabs;

    /// <summary>Makes a heap without any memory yet.</summary>
    /// <param name="maxChunks">The most chunks ever; no more than references reach.</param>
    public KeyHeap(int maxChunks = MaxChunks) => _slabs = new(maxChunks);

    /// <summary>Bytes of all chunks.</summary>
    public long ReservedBytes => _slabs.ReservedBytes;

    /// <summary>Bytes of all cells in use.</summary>
    public long LiveBytes => _slabs.LiveBytes;

    /// <summary>Whether so few chunks are left that adding some hundreds of keys may fail.</summary>
    public bool IsNearlyFull => _slabs.UnusedChunks < FewChunks;

    /// <summary>The bytes of a key; any bytes, or none, where it has been freed.</summary>
    public ReadOnlySpan<byte> this[uint key]
    {
        get
        {
            var bytes = _slabs.Peek(new SlabRef(key), out _);
            if (bytes.Length < sizeof(uint))
            {
                return default;
            }

            var (header, length) = bytes[0] switch
            {
                <= MaxShort => (1, bytes[0]),
                < (byte)(LongMark >> 24) => (2, BinaryPrimitives.ReadUInt16BigEndian(bytes) & ~MediumMark),
                _ => (4, (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes) & ~LongMark)),
            };
            return length <= bytes.Length - header ? bytes.Slice(header, length) : default;
        }
    }

    /// <summary>Whether the bytes of a key are <paramref name="bytes"/>; false where the key has been freed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(uint key, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxShort)
        {
            return this[key].SequenceEqual(bytes);
        }

        var cell = _slabs.Peek(new SlabRef(key), out _);
        return cell.Length > bytes.Length && cell[0] == bytes.Length && cell.Slice(1, bytes.Length).SequenceEqual(bytes);
    }

    /// <summary>Copies a key in.</summary>
    /// <exception cref="InvalidOperationException">All chunks are in use; nothing has changed.</exception>
    public uint Add(ReadOnlySpan<byte> key)
    {
        var header = key.Length <= MaxShort ? 1 : key.Length <= MaxMedium ? 2 : 4;
        var cell = _slabs.Allocate(Math.Max(header + key.Length, sizeof(uint)));
        var bytes = _slabs.Cell(cell);
        switch (header)
        {
            case 1:
                bytes[0] = (byte)key.Length;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(key.Length | MediumMark));
                break;
            default:
                BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)key.Length | LongMark);
                break;
        }

        key.CopyTo(bytes[header..]);
        return (uint)cell.Value;
    }

    /// <summary>References to all keys, in the order of their memory. May not be called beside a writer.</summary>
    /// <returns>An array, of 4 bytes a key, that the caller may change.</returns>
    public uint[] All()
    {
        var keys = GC.AllocateUninitializedArray<uint>(_slabs.LiveCells);
        var count = 0;
        _slabs.ForEachCell(cell => keys[count++] = (uint)cell.Value);
        return keys;
    }

    /// <summary>Asks for a key's memory, which is soon to be read.</summary>
    public void Prefetch(uint key) => _slabs.Prefetch(new SlabRef(key));

    /// <summary>Frees a key.</summary>
    public void Free(uint key) => _slabs.Free(new SlabRef(key));
}
