using System.Buffers;
using System.Buffers.Binary;

namespace KvStore.Core.Records;

/// <summary>
/// A view of one encoded record: the key, value, content type, revision and expiry of one write.
/// </summary>
/// <remarks>
/// <para>The one byte form of a record, little-endian:</para>
/// <code>
/// offset  width  field
///      0      8  revision
///      8      4  value length, bytes
///     12      2  key length, bytes
///     14      1  content type length, bytes; 0 = the default content type
///     15      1  flags: bit 0 = has an expiry
///     16    0/8  expiry, Unix milliseconds, only with the flag
///      .      n  content type, ASCII
///      .      n  key, UTF-8
///      .      n  value
/// </code>
/// <para>A record is written once, by <see cref="Encode"/>, and is immutable from the moment <see cref="StampRevision"/>
/// has given it its revision and it has been published. Readers therefore need no lock.</para>
/// </remarks>
internal readonly ref struct Record
{
    private const int ValueLengthOffset = 8;
    private const int KeyLengthOffset = 12;
    private const int ContentTypeLengthOffset = 14;
    private const int FlagsOffset = 15;
    private const int HeaderSize = 16;
    private const int ExpirySize = 8;
    private const byte HasExpiry = 1;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Views <paramref name="bytes"/>, which hold exactly one record, without copying them.</summary>
    public Record(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The store-wide number of the write, from 1.</summary>
    public long Revision => BinaryPrimitives.ReadInt64LittleEndian(_bytes);

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt => (_bytes[FlagsOffset] & HasExpiry) == 0
        ? 0
        : BinaryPrimitives.ReadInt64LittleEndian(_bytes[HeaderSize..]);

    /// <summary>The content type in ASCII; empty for the default one.</summary>
    public ReadOnlySpan<byte> ContentType => _bytes.Slice(ContentTypeOffset, _bytes[ContentTypeLengthOffset]);

    /// <summary>The key in UTF-8.</summary>
    public ReadOnlySpan<byte> Key => _bytes[..^ValueLength][^KeyLength..];

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value => _bytes[^ValueLength..];

    /// <summary>The value's length in bytes.</summary>
    public int ValueLength => BinaryPrimitives.ReadInt32LittleEndian(_bytes[ValueLengthOffset..]);

    private int KeyLength => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[KeyLengthOffset..]);

    private int ContentTypeOffset => HeaderSize + ((_bytes[FlagsOffset] & HasExpiry) == 0 ? 0 : ExpirySize);

    /// <summary>Encodes a record that has no revision yet.</summary>
    /// <param name="key">1 to 65,535 bytes of UTF-8.</param>
    /// <param name="value">The value.</param>
    /// <param name="contentType">At most 255 bytes of ASCII; empty for the default content type.</param>
    /// <param name="expiresAt">When the key expires, in Unix milliseconds; 0 = never.</param>
    public static byte[] Encode(
        ReadOnlySpan<byte> key, in ReadOnlySequence<byte> value, ReadOnlySpan<byte> contentType, long expiresAt)
    {
        var valueLength = checked((int)value.Length);
        var expirySize = expiresAt == 0 ? 0 : ExpirySize;
        var bytes = GC.AllocateUninitializedArray<byte>(
            HeaderSize + expirySize + contentType.Length + key.Length + valueLength);
        var rest = bytes.AsSpan();

        rest[..ValueLengthOffset].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(rest[ValueLengthOffset..], valueLength);
        BinaryPrimitives.WriteUInt16LittleEndian(rest[KeyLengthOffset..], checked((ushort)key.Length));
        rest[ContentTypeLengthOffset] = checked((byte)contentType.Length);
        rest[FlagsOffset] = expiresAt == 0 ? (byte)0 : HasExpiry;
        rest = rest[HeaderSize..];

        if (expiresAt != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, expiresAt);
            rest = rest[ExpirySize..];
        }

        contentType.CopyTo(rest);
        key.CopyTo(rest[contentType.Length..]);
        value.CopyTo(rest[(contentType.Length + key.Length)..]);
        return bytes;
    }

    /// <summary>Gives a record its revision; the last change to its bytes, made before it is published.</summary>
    public static void StampRevision(Span<byte> record, long revision) =>
        BinaryPrimitives.WriteInt64LittleEndian(record, revision);
}
