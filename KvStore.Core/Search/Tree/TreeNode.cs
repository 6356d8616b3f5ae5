using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KvStore.Core.Search.Tree;

/// <summary>A node of an <see cref="OrderedTree{TOrder}"/>, in the words of its <see cref="NodePool"/>.</summary>
/// <remarks>
/// <code>
/// word    leaf                                    inner node
///     0   keys, from bit 16 up: skipped bytes     children, from bit 16 up: skipped bytes
///     1   the next leaf; 0 = none                 unused
///     2   64 heads of the keys                    64 heads of the separators
///    66   64 references to keys                   64 references to separators, one fewer than children
///   130                                           64 children
///   194                                           64 counts of the keys below each child
/// </code>
/// <para>A head is four bytes of a key after those that all keys of the node begin with and that are skipped: most comparisons
/// end at the heads, which one instruction compares by eights, and never look at the keys (Bohannon et al., "Main-memory index
/// structures with fixed-size partial keys", SIGMOD 2001).</para>
/// </remarks>
internal readonly ref struct TreeNode(Span<uint> words)
{
    /// <summary>The most keys or children of a node.</summary>
    public const int Capacity = 64;

    /// <summary>The words of a leaf.</summary>
    public const int LeafWords = HeaderWords + (2 * Capacity);

    /// <summary>The words of an inner node.</summary>
    public const int InnerWords = HeaderWords + (4 * Capacity);

    private const int HeaderWords = 2;
    private const int SkipShift = 16;

    private readonly Span<uint> _words = words;

    /// <summary>How many keys a leaf has, or children an inner node.</summary>
    public int Count
    {
        get => (ushort)_words[0];
        set => _words[0] = (_words[0] & ~(uint)ushort.MaxValue) | (uint)value;
    }

    /// <summary>How many bytes of each key the heads leave out.</summary>
    public int Skip
    {
        get => (int)(_words[0] >> SkipShift);
        set => _words[0] = ((uint)value << SkipShift) | (ushort)_words[0];
    }

    /// <summary>The leaf after this one.</summary>
    public ref uint Next => ref _words[1];

    /// <summary>The heads.</summary>
    public Span<uint> Heads => _words.Slice(HeaderWords, Capacity);

    /// <summary>The keys of a leaf, or the separators of an inner node: each the least that its right child may hold.</summary>
    public Span<uint> Keys => _words.Slice(HeaderWords + Capacity, Capacity);

    /// <summary>The children of an inner node.</summary>
    public Span<uint> Children => _words.Slice(HeaderWords + (2 * Capacity), Capacity);

    /// <summary>The keys below each child.</summary>
    public Span<uint> Counts => _words.Slice(HeaderWords + (3 * Capacity), Capacity);

    /// <summary>How many of the first <paramref name="count"/> heads are less than <paramref name="head"/>.</summary>
    public int CountHeadsBelow(uint head, int count)
    {
        var vectors = MemoryMarshal.Cast<uint, Vector256<uint>>(Heads);
        var below = 0UL;
        for (var i = 0; i < vectors.Length; i++)
        {
            below |= (ulong)Vector256.LessThan(vectors[i], Vector256.Create(head)).ExtractMostSignificantBits() << (8 * i);
        }

        return BitOperations.PopCount(count == Capacity ? below : below & ((1UL << count) - 1));
    }
}
