using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>What comes before each change in a segment (docs/wal-format.md).</summary>
/// <param name="Checksum">CRC-32C of the rest of the frame, begun with the segment's salt.</param>
/// <param name="Length">Bytes of the change; 0 = the end of the segment.</param>
/// <param name="Flags">What else is known.</param>
/// <param name="Revision">The revision of the change; of an end, the last before it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Frame(uint Checksum, int Length, FrameFlags Flags, long Revision)
{
    /// <summary>Where the revision is, in bytes from the frame's first; it is covered by <see cref="Mask"/>.</summary>
    public const int RevisionOffset = 8;

    private const int LengthOffset = 4;

    // The golden ratio's bits: any odd number that spreads the salt would do.
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    /// <summary>Writes what comes before a change, with the checksum of both.</summary>
    /// <param name="destination">Exactly <see cref="LogFormat.FrameBytes"/> bytes.</param>
    /// <param name="salt">The segment's salt.</param>
    /// <param name="flags">What else is known.</param>
    /// <param name="revision">The change's revision.</param>
    /// <param name="first">The change; in two pieces where it lies so.</param>
    /// <param name="second">Its second piece.</param>
    public static void Write(
        Span<byte> destination, uint salt, FrameFlags flags, long revision, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination[LengthOffset..], (uint)(first.Length + second.Length) | (uint)flags);
        BinaryPrimitives.WriteInt64LittleEndian(destination[RevisionOffset..], revision ^ Mask(salt));
        var checksum = Crc32C.Of(destination[LengthOffset..LogFormat.FrameBytes], salt);
        checksum = Crc32C.Of(second, Crc32C.Of(first, checksum));
        BinaryPrimitives.WriteUInt32LittleEndian(destination, checksum);
    }

    /// <summary>Reads what comes before a change, whole or damaged.</summary>
    /// <param name="bytes">At least <see cref="LogFormat.FrameBytes"/> bytes.</param>
    /// <param name="salt">The segment's salt.</param>
    public static Frame Read(ReadOnlySpan<byte> bytes, uint salt)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[LengthOffset..]);
        return new Frame(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            (int)(length & LogFormat.MostBytes),
            (FrameFlags)(length & ~(uint)LogFormat.MostBytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[RevisionOffset..]) ^ Mask(salt));
    }

    /// <summary>What revisions are covered with. Who writes values does not know it, and cannot fill them with what a search for frames would have to look at.</summary>
    public static long Mask(uint salt) => (long)(salt * Spread);

    /// <summary>Whether a frame is as it was written.</summary>
    /// <param name="bytes">The whole frame, its change included.</param>
    /// <param name="salt">The segment's salt.</param>
    public static bool IsWhole(ReadOnlySpan<byte> bytes, uint salt) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Crc32C.Of(bytes[LengthOffset..], salt);
}

/// <summary>What a frame tells beside its change: the upper four bits of its length.</summary>
[Flags]
internal enum FrameFlags : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The process ended in good order after this: set on an end alone.</summary>
    CleanStop = 1u << 30,

    /// <summary>Everything before this in the log had been synced when it was written: so what is damaged there was durable once, and is no torn tail.</summary>
    SyncedBefore = 1u << 31,
}
