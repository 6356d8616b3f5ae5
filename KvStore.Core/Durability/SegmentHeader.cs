using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>The first bytes of a segment (docs/wal-format.md).</summary>
/// <param name="Version">The version of its format.</param>
/// <param name="Sequence">Its number, from 1.</param>
/// <param name="Salt">What the checksums of its frames begin with: those of what the file held before fit no longer.</param>
/// <param name="HistoryId">The history that its revisions belong to.</param>
/// <param name="IsAlways">Whether no revision was told to anyone before it was synced, while the segment was written.</param>
/// <param name="CreatedAt">When it was begun, Unix milliseconds.</param>
/// <param name="Length">Bytes of the file as long as the segment has no end; 0 = it was made with its end.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SegmentHeader(
    uint Version, long Sequence, uint Salt, Guid HistoryId, bool IsAlways, long CreatedAt, long Length = 0)
{
    private const int VersionOffset = 8;
    private const int SaltOffset = 12;
    private const int SequenceOffset = 16;
    private const int HistoryOffset = 24;
    private const int FlagsOffset = 40;
    private const int CreatedOffset = 44;
    private const int LengthOffset = 52;
    private const int ChecksumOffset = LogFormat.HeaderBytes - sizeof(uint);

    /// <summary>Writes the header.</summary>
    /// <param name="bytes">Exactly <see cref="LogFormat.HeaderBytes"/> bytes.</param>
    public void Write(Span<byte> bytes)
    {
        bytes.Clear();
        LogFormat.SegmentMagic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[VersionOffset..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[SaltOffset..], Salt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[SequenceOffset..], Sequence);
        HistoryId.TryWriteBytes(bytes[HistoryOffset..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[FlagsOffset..], IsAlways ? 1u : 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[CreatedOffset..], CreatedAt);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[LengthOffset..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Crc32C.Of(bytes[..ChecksumOffset]));
    }

    /// <summary>Reads a header; false where the bytes are none, or damaged.</summary>
    /// <remarks>The version is for the caller to look at: the header is the same in all.</remarks>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SegmentHeader header)
    {
        header = default;
        if (bytes.Length < LogFormat.HeaderBytes
            || !bytes.StartsWith(LogFormat.SegmentMagic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) != Crc32C.Of(bytes[..ChecksumOffset]))
        {
            return false;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[VersionOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[SequenceOffset..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[SaltOffset..]),
            new Guid(bytes.Slice(HistoryOffset, 16), bigEndian: true),
            (BinaryPrimitives.ReadUInt32LittleEndian(bytes[FlagsOffset..]) & 1) != 0,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[CreatedOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[LengthOffset..]));
        return true;
    }
}
