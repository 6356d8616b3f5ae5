using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>The first bytes of a snapshot (docs/snapshot-format.md).</summary>
/// <param name="Version">The version of its format.</param>
/// <param name="Revision">Every change up to this is in it; it may hold records of later ones.</param>
/// <param name="HistoryId">The history that its revisions belong to.</param>
/// <param name="CreatedAt">When it was begun, Unix milliseconds.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SnapshotHeader(uint Version, long Revision, Guid HistoryId, long CreatedAt)
{
    private const int VersionOffset = 8;
    private const int RevisionOffset = 16;
    private const int HistoryOffset = 24;
    private const int CreatedOffset = 40;
    private const int ChecksumOffset = LogFormat.HeaderBytes - sizeof(uint);

    /// <summary>Writes the header.</summary>
    /// <param name="bytes">Exactly <see cref="LogFormat.HeaderBytes"/> bytes.</param>
    public void Write(Span<byte> bytes)
    {
        bytes.Clear();
        LogFormat.SnapshotMagic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[VersionOffset..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[RevisionOffset..], Revision);
        HistoryId.TryWriteBytes(bytes[HistoryOffset..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[CreatedOffset..], CreatedAt);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Crc32C.Of(bytes[..ChecksumOffset]));
    }

    /// <summary>Reads a header; false where the bytes are none, or damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SnapshotHeader header)
    {
        header = default;
        if (bytes.Length < LogFormat.HeaderBytes
            || !bytes.StartsWith(LogFormat.SnapshotMagic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[ChecksumOffset..]) != Crc32C.Of(bytes[..ChecksumOffset]))
        {
            return false;
        }

        header = new SnapshotHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[VersionOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[RevisionOffset..]),
            new Guid(bytes.Slice(HistoryOffset, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[CreatedOffset..]));
        return true;
    }
}
