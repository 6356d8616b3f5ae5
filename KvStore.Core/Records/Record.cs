using System.Buffers;
using System.Buffers.Binary;

namespace KvStore.Core.Records;

/// <summary>A view of one encoded record: the value, content type, revision and expiry that one write gave to its key.</summary>
/// <remarks>
/// <para>The one byte form of a record, little-endian:</para>
/// <code>
/// width  field
///     7  revision
///     1  flags: bits 0 to 1 = width of the value's length (0: 1, 1: 2, 2: 4 bytes); bit 2 = has an expiry;
///        bits 4 to 7 = content type (0: the default, 1 to 14: one of <see cref="ContentTypes"/>'s, 15: its text follows)
/// 1/2/4  value length, bytes
///   0/8  expiry, Unix milliseconds
///   0/n  content type: its length in one byte, then ASCII
///     .  value
/// </code>
/// <para>The key is not part of it: whoever has a record found it by its key.</para>
/// </remarks>
internal readonly ref struct Record
{
    private const int RevisionBits = 56;
    private const int HeaderSize = 8;
    private const int ExpirySize = 8;
    private const int HasExpiry = 4;
    private const int LengthWidth = 3;
    private const int ContentTypeShift = 4;

    /// <summary>The store-wide number of the write, from 1.</summary>
    public long Revision { get; private init; }

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt { get; private init; }

    /// <summary>The content type's code; see <see cref="ContentTypes"/>.</summary>
    public int ContentTypeCode { get; private init; }

    /// <summary>The content type in ASCII, where its code is <see cref="ContentTypes.TextFollows"/>.</summary>
    public ReadOnlySpan<byte> ContentTypeText { get; private init; }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }

    /// <summary>The bytes that a record takes.</summary>
    public static int Size(int valueLength, in ContentTypeCode contentType, long expiresAt) =>
        HeaderSize + WidthOf(valueLength) + (expiresAt == 0 ? 0 : ExpirySize) + contentType.Size + valueLength;

    /// <summary>Writes a record.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="revision">1 to 2^56 - 1.</param>
    /// <param name="value">The value.</param>
    /// <param name="contentType">The content type.</param>
    /// <param name="expiresAt">When the key expires, in Unix milliseconds; 0 = never.</param>
    public static void Write(
        Span<byte> destination, long revision, in ReadOnlySequence<byte> value, in ContentTypeCode contentType, long expiresAt)
    {
        var length = (int)value.Length;
        var width = WidthOf(length);
        var flags = (width >> 1) | (expiresAt == 0 ? 0 : HasExpiry) | (contentType.Code << ContentTypeShift);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, (ulong)revision | ((ulong)flags << RevisionBits));
        var rest = destination[HeaderSize..];
        WriteLength(rest, width, length);
        rest = rest[width..];
        if (expiresAt != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, expiresAt);
            rest = rest[ExpirySize..];
        }

        if (contentType.Text is { } text)
        {
            rest[0] = (byte)text.Length;
            System.Text.Encoding.ASCII.GetBytes(text, rest[1..]);
            rest = rest[contentType.Size..];
        }

        value.CopyTo(rest);
    }

    /// <summary>Gives a record that was written with another revision its own, before anyone can read it.</summary>
    public static void StampRevision(Span<byte> record, long revision)
    {
        var flags = record[HeaderSize - 1];
        BinaryPrimitives.WriteInt64LittleEndian(record, revision);
        record[HeaderSize - 1] = flags;
    }

    /// <summary>Views the record at the beginning of <paramref name="bytes"/>.</summary>
    /// <returns>False where the bytes cannot be a record, as those of a freed cell may not be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Record record)
    {
        record = default;
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        var header = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var flags = (int)(header >> RevisionBits);
        var width = 1 << (flags & LengthWidth);
        if (width > sizeof(int) || bytes.Length < HeaderSize + width)
        {
            return false;
        }

        var length = ReadLength(bytes[HeaderSize..], width);
        var rest = bytes[(HeaderSize + width)..];

        var expiresAt = 0L;
        if ((flags & HasExpiry) != 0)
        {
            if (rest.Length < ExpirySize)
            {
                return false;
            }

            expiresAt = BinaryPrimitives.ReadInt64LittleEndian(rest);
            rest = rest[ExpirySize..];
        }

        var code = flags >> ContentTypeShift;
        var text = default(ReadOnlySpan<byte>);
        if (code == ContentTypes.TextFollows)
        {
            if (rest.IsEmpty || rest.Length <= rest[0])
            {
                return false;
            }

            text = rest.Slice(1, rest[0]);
            rest = rest[(1 + text.Length)..];
        }

        if ((uint)length > (uint)rest.Length)
        {
            return false;
        }

        record = new Record
        {
            Revision = (long)(header & ((1UL << RevisionBits) - 1)),
            ExpiresAt = expiresAt,
            ContentTypeCode = code,
            ContentTypeText = text,
            Value = rest[..length],
        };
        return true;
    }

    private static int WidthOf(int valueLength) => valueLength switch
    {
        <= byte.MaxValue => 1,
        <= ushort.MaxValue => 2,
        _ => 4,
    };

    private static void WriteLength(Span<byte> destination, int width, int length)
    {
        switch (width)
        {
            case 1:
                destination[0] = (byte)length;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)length);
                break;
            default:
                BinaryPrimitives.WriteInt32LittleEndian(destination, length);
                break;
        }
    }

    private static int ReadLength(ReadOnlySpan<byte> source, int width) => width switch
    {
        1 => source[0],
        2 => BinaryPrimitives.ReadUInt16LittleEndian(source),
        _ => BinaryPrimitives.ReadInt32LittleEndian(source),
    };
}
