using System.Buffers.Binary;
using System.Numerics;

namespace KvStore.Core.Records;

/// <summary>The checksum of everything that the store writes to a disk: CRC-32C, Castagnoli's polynomial (RFC 3720, appendix B.4).</summary>
/// <remarks>Finds every error of up to 32 bits in a row, and so every single flipped bit. The processor has an instruction for it.</remarks>
internal static class Crc32C
{
    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="before">The checksum of what comes before them. Any other number makes checksums that fit no other: see a segment's salt.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var last in bytes)
        {
            crc = BitOperations.Crc32C(crc, last);
        }

        return ~crc;
    }
}
