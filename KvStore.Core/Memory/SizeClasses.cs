using System.Numerics;

namespace KvStore.Core.Memory;

/// <summary>
/// The sizes that cells come in: every 2 bytes to 64, then eight to each doubling, so that a cell is at most an eighth
/// larger than what it holds (but for rounding to 2 bytes).
/// </summary>
/// <remarks>The spacing is jemalloc's (https://jemalloc.net/jemalloc.3.html, "size classes"), twice as fine.</remarks>
internal static class SizeClasses
{
    /// <summary>The largest cell, in bytes.</summary>
    public const int MaxBytes = 16 * 1_024;

    /// <summary>How many classes there are.</summary>
    public const int Count = LinearClasses + (8 * (MaxBytesLog2 - LinearLog2));

    private const int LinearLog2 = 6;
    private const int MaxBytesLog2 = 14;
    private const int LinearClasses = (1 << LinearLog2) / SlabRef.GranuleBytes;

    private static readonly int[] Sizes = [.. Enumerable.Range(0, Count).Select(SizeOf)];

    /// <summary>The class of the smallest cells that hold <paramref name="bytes"/>, from 1 to <see cref="MaxBytes"/>.</summary>
    public static int Of(int bytes)
    {
        var last = (uint)bytes - 1;
        if (bytes <= 1 << LinearLog2)
        {
            return (int)last / SlabRef.GranuleBytes;
        }

        // The three bits below the highest one number the eight steps of its doubling.
        var log2 = BitOperations.Log2(last);
        return LinearClasses + (8 * (log2 - LinearLog2)) + (int)(last >> (log2 - 3)) - 8;
    }

    /// <summary>The bytes of a class's cells.</summary>
    public static int Bytes(int sizeClass) => Sizes[sizeClass];

    private static int SizeOf(int sizeClass)
    {
        if (sizeClass < LinearClasses)
        {
            return (sizeClass + 1) * SlabRef.GranuleBytes;
        }

        var (doubling, step) = Math.DivRem(sizeClass - LinearClasses, 8);
        return (9 + step) << (LinearLog2 - 3 + doubling);
    }
}
