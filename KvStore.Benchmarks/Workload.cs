using System.Text;
using Loader;

namespace KvStore.Benchmarks;

/// <summary>What all benchmarks work on: a million keys of 16 bytes, such as <c>key:617280394506</c>, with values of 32 bytes.</summary>
internal static class Workload
{
    /// <summary>How many keys a filled map has.</summary>
    public const int KeyCount = 1_000_000;

    /// <summary>How many bytes a value has.</summary>
    public const int ValueBytes = 32;

    /// <summary>
    /// Operations of one call of a benchmark, of all threads: so few that the loop is called often enough to be compiled in full, and so many
    /// that handing work to the threads costs nothing beside them.
    /// </summary>
    public const int Operations = 10_000;

    private static readonly KeyShape Shape = new(KeyShape.Fixed, KeyCount);

    /// <summary>Numbers of keys in random order.</summary>
    /// <param name="first">The lowest: 0 for the keys of a filled map, <see cref="KeyCount"/> for as many that are not in it.</param>
    public static int[] Shuffled(int first)
    {
        var numbers = Enumerable.Range(first, KeyCount).ToArray();
        new Random(1).Shuffle(numbers);
        return numbers;
    }

    /// <summary>A new instance of the key with a number; numbers in sequence give keys in no order.</summary>
    public static byte[] Utf8Key(int number)
    {
        var key = new byte[16];
        Shape.Write(number, key);
        return key;
    }

    /// <summary>The same as text.</summary>
    public static string Key(int number) => Encoding.ASCII.GetString(Utf8Key(number));
}
