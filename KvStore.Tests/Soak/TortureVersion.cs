using System.Runtime.InteropServices;
using KvStore.Core.Memory;
using KvStore.Core.Records;
using KvStore.Core.Store;

namespace KvStore.Tests.Soak;

/// <summary>What a write of a key is to be, told by the key and the number of the write alone: whether it deletes, and each byte if not.</summary>
/// <remarks>
/// A value is a stretch of one long row of random bytes, begun at a place of its own: it is compared whole, and neither one wrong byte nor
/// a mix of two versions can pass for it. Four versions running have the same length, so a key is overwritten in equal and in other sizes.
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TortureVersion(int Key, int Number)
{
    /// <summary>Keys whose versions have all <see cref="Lengths"/> among them, once each has as many as <see cref="Enough"/>.</summary>
    public const int Keys = 64;

    private const int RunLength = 4;
    private const int MaxTtl = 20;
    private const int Places = 1 << 20;

    // The most that a record adds to its value, and a little more.
    private const int BytesBefore = 24;
    private const int BytesAfter = 2;

    private static readonly int MaxLength = new StoreLimits().MaxValueBytes;
    private static readonly byte[] Row = RandomBytes(Places + MaxLength);

    /// <summary>Lengths around each size class of cells, and around all else that treats sizes apart, up to the longest value.</summary>
    public static int[] Lengths { get; } = Shuffled(
        from boundary in (int[])
        [
            .. Enumerable.Range(0, SizeClasses.Count).Select(SizeClasses.Bytes),
            byte.MaxValue + 1, ushort.MaxValue + 1, Slabs.PageBytes, Slabs.ChunkBytes, MaxLength,
        ]
        from length in Enumerable.Range(boundary - BytesBefore, BytesBefore + BytesAfter + 1)
        where length >= 0 && length <= MaxLength
        select length);

    public static int Enough => RunLength * ((Lengths.Length / Keys) + 1);

    private int Run => Number / RunLength;

    public bool IsDelete => Number % RunLength == 2 && Hash(Number) % 4 == 0;

    public TimeSpan? Ttl => Hash(Run) % 4 == 0 || Hash(Number) % 8 == 1 ? TimeSpan.FromMilliseconds(1 + (Hash(Number) / 8 % MaxTtl)) : null;

    public string ContentType => (Hash(Run) / 4 % 3) switch
    {
        0 => ContentTypes.Default,
        1 => ContentTypes.Json,
        _ => "x/torture; version=1",
    };

    public ReadOnlyMemory<byte> Value => Row.AsMemory(
        (int)(Hash(Number) % Places), Lengths[(Run + (Key * Lengths.Length / Keys)) % Lengths.Length]);

    public override string ToString() => FormattableString.Invariant(
        $"version {Number} of key {Key} ({(IsDelete ? "a delete" : $"{Value.Length} bytes as {ContentType}")}, ttl {Ttl?.TotalMilliseconds ?? 0} ms)");

    /// <summary>A number that looks like any other: the finalizer of SplitMix64.</summary>
    private uint Hash(int number)
    {
        var bits = ((ulong)(uint)Key << 32) | (uint)number;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return (uint)(bits >> 32);
    }

    private static int[] Shuffled(IEnumerable<int> lengths)
    {
        var shuffled = lengths.Distinct().ToArray();
        new Random(1).Shuffle(shuffled);
        return shuffled;
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
