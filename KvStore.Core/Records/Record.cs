using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace KvStore.Core.Records;

/// <summary>A view of one encoded record: the value, content type, revision and expiry that one write gave to its key.</summary>
/// <remarks>
/// <para>The one byte form of a record, little-endian:</para>
/// <code>
/// width  field
///     8  header. Bits 0 to 7: the lowest byte of the value's length; 8 and 9: how many more bytes of it follow; 10: has an expiry;
///        11 to 13: content type (0: the default, 1 to 6: one of <see cref="ContentTypes"/>'s, 7: its text follows); 14 to 63: revision
///   0-3  the rest of the value's length, bytes
///   0/8  expiry, Unix milliseconds
///   0/n  content type: its length in one byte, then ASCII
///     .  value
/// </code>
/// <para>The key is not part of it: whoever has a record found it by its key. Revisions last for 35 years of a million writes a second.</para>
/// <para>The bytes may be changing while they are viewed. So what decides where a field lies is read once, and kept.</para>
/// </remarks>
internal readonly ref struct Record
{
    /// <summary>The most bytes that a record takes beside its value.</summary>
    public const int MostBesideValue = HeaderSize + 3 + ExpirySize + 1 + ContentTypes.MaxLength;

    private const int HeaderSize = 8;
    private const int ExpirySize = 8;
    private const int BitsPerByte = 8;
    private const int LengthSizeShift = 8;
    private const int HasExpiry = 1 << 10;
    private const int ContentTypeShift = 11;
    private const int RevisionShift = 14;

    // A record whose other bits of these are 0 has its value right after the header: one branch tells.
    private const int Layout = ((1 << RevisionShift) - 1) & ~byte.MaxValue;

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
    public long Revision => (long)(_header >> RevisionShift);

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt
    {
        // As a call it would force the whole record out of registers.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_header & HasExpiry) == 0 ? 0 : BinaryPrimitives.ReadInt64LittleEndian(_bytes[(AfterExpiry(_header) - ExpirySize)..]);
    }

    /// <summary>The content type's code; see <see cref="ContentTypes"/>.</summary>
    public int ContentTypeCode => CodeOf(_header);

    /// <summary>The content type in ASCII, where its code is <see cref="ContentTypes.TextFollows"/>.</summary>
    public ReadOnlySpan<byte> ContentTypeText
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ContentTypeCode == ContentTypes.TextFollows ? _bytes[(AfterExpiry(_header) + 1).._valueOffset] : default;
    }

    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value => _bytes[_valueOffset..];

    /// <summary>The value's length in bytes.</summary>
    public int ValueLength => _bytes.Length - _valueOffset;

    /// <summary>The bytes that the record takes.</summary>
    public int TotalSize => _bytes.Length;

    /// <summary>The bytes that a record takes.</summary>
    public static int Size(int valueLength, in ContentTypeCode contentType, long expiresAt) =>
        HeaderSize + LengthSize(valueLength) + (expiresAt == 0 ? 0 : ExpirySize) + contentType.Size + valueLength;

    /// <summary>Writes a record.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <param name="revision">1 to 2^50 - 1.</param>
    /// <param name="value">The value.</param>
    /// <param name="contentType">The content type.</param>
    /// <param name="expiresAt">When the key expires, in Unix milliseconds; 0 = never.</param>
    public static void Write(
        Span<byte> destination, long revision, in ReadOnlySequence<byte> value, in ContentTypeCode contentType, long expiresAt)
    {
        var length = (int)value.Length;
        var lengthSize = LengthSize(length);
        var layout = (lengthSize << LengthSizeShift) | (expiresAt == 0 ? 0 : HasExpiry) | (contentType.Code << ContentTypeShift);
        BinaryPrimitives.WriteUInt64LittleEndian(destination, ((ulong)revision << RevisionShift) | (uint)layout | (byte)length);
        var rest = destination[HeaderSize..];
        if (lengthSize != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, length >> BitsPerByte);
            rest = rest[lengthSize..];
        }

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
        var header = BinaryPrimitives.ReadUInt64LittleEndian(record);
        header &= (1UL << RevisionShift) - 1;
        BinaryPrimitives.WriteUInt64LittleEndian(record, header | ((ulong)revision << RevisionShift));
    }

    /// <summary>Views the record at the beginning of <paramref name="bytes"/>.</summary>
    /// <returns>False where the bytes cannot be a record, as those of a freed cell may not be.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Record record)
    {
        record = default;
        if (bytes.Length < HeaderSize)
        {
            return false;
        }

        var header = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var (offset, end) = (header & Layout) == 0 ? (HeaderSize, HeaderSize + (byte)header) : Locate(bytes, header);
        if ((uint)end > (uint)bytes.Length)
        {
            return false;
        }

        record = new Record(bytes[..end], header, offset);
        return true;
    }

    /// <summary>Where a value begins and ends; the end is beyond the bytes where they cannot be a record.</summary>
    private static (int Offset, int End) Locate(ReadOnlySpan<byte> bytes, ulong header)
    {
        var offset = AfterExpiry(header);
        var isText = CodeOf(header) == ContentTypes.TextFollows;
        if (offset + (isText ? 1 : 0) > bytes.Length)
        {
            return (0, int.MaxValue);
        }

        var length = (int)(byte)header;
        for (var i = 0; i < LengthSizeOf(header); i++)
        {
            length |= bytes[HeaderSize + i] << (BitsPerByte * (i + 1));
        }

        offset += isText ? 1 + bytes[offset] : 0;
        return length < 0 ? (0, int.MaxValue) : (offset, (int)Math.Min((uint)offset + (uint)length, int.MaxValue));
    }

    private static int AfterExpiry(ulong header) =>
        HeaderSize + LengthSizeOf(header) + ((header & HasExpiry) == 0 ? 0 : ExpirySize);

    private static int LengthSizeOf(ulong header) => (int)(header >> LengthSizeShift) & 3;

    private static int CodeOf(ulong header) => (int)(header >> ContentTypeShift) & ContentTypes.TextFollows;

    /// <summary>The bytes of a value's length that the header has no room for.</summary>
    private static int LengthSize(int valueLength) => valueLength switch
    {
        <= 0xFF => 0,
        <= 0xFFFF => 1,
        <= 0xFF_FFFF => 2,
        _ => 3,
    };
}
