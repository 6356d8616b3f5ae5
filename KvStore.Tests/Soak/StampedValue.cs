using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace KvStore.Tests.Soak;

/// <summary>
/// A value that says which write it is of, and proves it: writer, number of the write, a stretch of bytes that only this write
/// of this key has, and a checksum over all of it and the key.
/// </summary>
internal sealed record StampedValue(int Writer, int Number)
{
    private const int NumberOffset = 4;
    private const int HeaderSize = 8;
    private const int ChecksumSize = 4;
    private const int MaxStretch = 300;

    public byte[] Encode(string key)
    {
        var random = new Random(HashCode.Combine(Writer, Number));
        var bytes = new byte[HeaderSize + random.Next(MaxStretch) + ChecksumSize];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Writer);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(NumberOffset), Number);
        random.NextBytes(bytes.AsSpan(HeaderSize..^ChecksumSize));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(^ChecksumSize..), Checksum(key, bytes.AsSpan(..^ChecksumSize)));
        return bytes;
    }

    /// <summary>Reads a value that was found under <paramref name="key"/>.</summary>
    /// <exception cref="InvalidDataException">It is not whole, or not of this key.</exception>
    public static StampedValue Decode(string key, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize + ChecksumSize
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumSize..]) != Checksum(key, bytes[..^ChecksumSize]))
        {
            throw new InvalidDataException($"The {bytes.Length} bytes found under {key} are no value of it.");
        }

        return new StampedValue(
            BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[NumberOffset..]));
    }

    private static uint Checksum(string key, ReadOnlySpan<byte> bytes)
    {
        var sum = 0u;
        foreach (var value in Encoding.UTF8.GetBytes(key))
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        foreach (var value in bytes)
        {
            sum = BitOperations.Crc32C(sum, value);
        }

        return sum;
    }
}
