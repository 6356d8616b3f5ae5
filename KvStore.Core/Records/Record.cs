using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KvStore.Core.Records;

/// <summary>A view of one encoded record: the value, content type, revision and expiry that one write gave to its key.</summary>
/// <remarks>
/// <para>The one byte form of a record, little-endian:</para>
/// <code>
/// width  field
///     7  revision
///     1  flags: bits 0 to 1 = width of the value's length, less 1; bit 2 = has an expiry;
///        bits 4 to 7 = content type (0: the default, 1 to 14: one of <see cref="ContentTypes"/>'s, 15: its text follows)
/// 1 to 4 value length, bytes
///   0/8  expiry, Unix milliseconds
///   0/n  content type: its length in one byte, then ASCII
///     .  value
/// </code>
/// <para>The key is not part of it: whoever has a record found it by its key.</para>
/// <para>The bytes may be changing while they are viewed. So what decides where a field lies is read once, and kept.</para>
/// </remarks>
internal readonly ref struct Record
{
    private const int RevisionBits = 56;
    private const int HeaderSize = 8;
    private const int ExpirySize = 8;
    private const int HasExpiry = 4;
    private const int LengthWidth = 3;
    private const int ContentTypeShift = 4;
    private const int BitsPerByte = 8;

    // The value's length is read and written as four bytes, whatever its width.
    // Of a value of at most 255 bytes, with neither an expiry nor a content type of its own.
    private const int PlainOffset = HeaderSize + 1;

    private const int MinSize = HeaderSize + sizeof(int);

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly ulong _header;
    private readonly int _valueOffset;

    private Record(ReadOnlySpan<byte> bytes, ulong header, int valueOffset)
    {
        _bytes = bytes;
        _header = header;
        _valueOffset = valueOffset;
    }

    /// <summary>The store-wide number of the write, from 1.</summary>
    public long Revision => (long)(_header & ((1UL << RevisionBits) - 1));

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt
    {
        // As a call it would force the whole record out of registers.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Flags & HasExpiry) == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(_bytes[(AfterExpiry(Flags) - ExpirySize)..]);
    }

    /// <summary>The content type's code; see <see cref="ContentTypes"/>.</summary>
    public int ContentTypeCode => Flags >> ContentTypeShift;

    /// <summary>The content type in ASCII, where its code is <see cref="ContentTypes.TextFollows"/>.</summary>
    public ReadOnlySpan<byte> ContentTypeText
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ContentTypeCode == ContentTypes.TextFollows ? _bytes[(AfterExpiry(Flags) + 1).._valueOffset] : default;
    }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value => _bytes[_valueOffset..];

    /// <summary>The value's length in bytes.</summary>
    public int ValueLength => _bytes.Length - _valueOffset;

    /// <summary>The bytes that the record takes.</summary>
    public int TotalSize => Math.Max(_bytes.Length, MinSize);

    private int Flags => (int)(_header >> RevisionBits);

    /// <summary>The bytes that a record takes.</summary>
    public static int Size(int valueLength, in ContentTypeCode contentType, long expiresAt) => Math.Max(
        HeaderSize + WidthOf(valueLength) + (expiresAt == 0 ? 0 : ExpirySize) + contentType.Size + valueLength,
        MinSize);

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
        var flags = (width - 1) | (expiresAt == 0 ? 0 : HasExpiry) | (contentType.Code << ContentTypeShift);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, (ulong)revision | ((ulong)flags << RevisionBits));
        BinaryPrimitives.WriteInt32LittleEndian(destination[HeaderSize..], length);
        var rest = destination[(HeaderSize + width)..];
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

        if (value.IsSingleSegment)
        {
            value.FirstSpan.CopyTo(rest);
        }
        else
        {
            value.CopyTo(rest);
        }
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
        if (bytes.Length < MinSize)
        {
            return false;
        }

        var header = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var flags = (int)(header >> RevisionBits);
        var (offset, end) = flags == 0 ? (PlainOffset, PlainOffset + bytes[HeaderSize]) : Locate(bytes, flags);
        if ((uint)end > (uint)bytes.Length)
        {
            return false;
        }

        record = new Record(bytes[..end], header, offset);
        return true;
    }

    /// <summary>Where the value of a record that is not plain begins and ends; the end is negative or past the bytes where they are no record.</summary>
    private static (int Offset, int End) Locate(ReadOnlySpan<byte> bytes, int flags)
    {
        var mask = uint.MaxValue >> (BitsPerByte * (LengthWidth - (flags & LengthWidth)));
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[HeaderSize..]) & mask;
        var offset = AfterExpiry(flags);
        if (flags >> ContentTypeShift == ContentTypes.TextFollows)
        {
            offset += 1 + (offset < bytes.Length ? bytes[offset] : 0);
        }

        return (offset, (int)Math.Min(offset + (long)length, int.MaxValue));
    }

    private static int AfterExpiry(int flags) =>
        HeaderSize + 1 + (flags & LengthWidth) + ((flags & HasExpiry) == 0 ? 0 : ExpirySize);

    private static int WidthOf(int valueLength) => valueLength switch
    {
        <= 0xFF => 1,
        <= 0xFFFF => 2,
        <= 0xFF_FFFF => 3,
        _ => 4,
    };
}
