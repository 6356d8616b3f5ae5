using System.Buffers.Binary;

namespace KvStore.Core.Records;

/// <summary>The hash of a key's bytes, seeded at random for each process: a client cannot prepare collisions.</summary>
/// <remarks>
/// Folded multiplication of 16 bytes at a time, after wyhash (https://github.com/wangyi-fudan/wyhash). <see cref="HashCode"/> takes
/// twice as long for a short key, which a look-up spends waiting for memory that it could have asked for (docs/decisions/0006).
/// </remarks>
internal static class KeyHash
{
    private const int BlockSize = 2 * sizeof(ulong);

    private static readonly ulong Seed = Random64();
    private static readonly ulong Secret = Random64();

    /// <summary>The hash of <paramref name="key"/>.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        // Multiplied, as bytes of the key are next to the length: whoever could cancel it out could have keys of many lengths collide.
        var state = Seed * (ulong)(key.Length + 1);
        while (key.Length > BlockSize)
        {
            state = Fold(Read(key) ^ Secret, Read(key[sizeof(ulong)..]) ^ state);
            key = key[BlockSize..];
        }

        // The last block is read from both ends, so that its two halves may overlap but leave no byte out.
        var (first, last) = key.Length switch
        {
            >= sizeof(ulong) => (Read(key), Read(key[^sizeof(ulong)..])),
            >= sizeof(uint) => (ReadHalf(key), ReadHalf(key[^sizeof(uint)..])),
            > 0 => (((ulong)key[0] << 16) | ((ulong)key[key.Length / 2] << 8) | key[^1], 0UL),
            _ => (0UL, 0UL),
        };
        return (int)Fold(first ^ Secret, last ^ state);
    }

    /// <summary>64 random bits that no client can foretell.</summary>
    /// <remarks>A new GUID is the system's secure random bytes but for six bits, no two of them in the same place of both halves: one half
    /// over the other is random throughout. <c>RandomNumberGenerator</c> would load OpenSSL for this alone, which is 4 MB.</remarks>
    private static ulong Random64()
    {
        var bytes = Guid.NewGuid().ToByteArray();
        return Read(bytes) ^ Read(bytes.AsSpan(sizeof(ulong)));
    }

    private static ulong Read(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private static ulong ReadHalf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out var low);
        return high ^ low;
    }
}
