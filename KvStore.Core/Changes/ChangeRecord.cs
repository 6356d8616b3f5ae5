using System.Buffers.Binary;

namespace KvStore.Core.Changes;

/// <summary>The byte form of a change: what one write did to one key.</summary>
/// <remarks>
/// <para>Little-endian:</para>
/// <code>
/// width  field
///     4  length of the key, bytes
///     1  <see cref="ChangeKind"/>
///     1  1 = the next revision belongs to the same atomic batch; else 0
///     2  0
///     8  time of the write, Unix milliseconds
///     .  key
///     .  record (<see cref="Records.Record"/>), where the key was set
/// </code>
/// </remarks>
internal static class ChangeRecord
{
    /// <summary>Bytes before the key.</summary>
    public const int HeaderBytes = 16;

    private const int KindOffset = 4;
    private const int MoreOffset = 5;
    private const int TimeOffset = 8;

    /// <summary>Bytes of a change.</summary>
    public static int Size(int keyLength, int recordLength) => HeaderBytes + keyLength + recordLength;

    /// <summary>Writes what comes before the key.</summary>
    /// <param name="header">Exactly <see cref="HeaderBytes"/> bytes.</param>
    /// <param name="keyLength">Bytes of the key.</param>
    /// <param name="kind">What happened to it.</param>
    /// <param name="hasMore">Whether the next revision belongs to the same atomic batch.</param>
    /// <param name="timestamp">When, in Unix milliseconds.</param>
    public static void WriteHeader(Span<byte> header, int keyLength, ChangeKind kind, bool hasMore, long timestamp)
    {
        BinaryPrimitives.WriteInt32LittleEndian(header, keyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(header[KindOffset..], (uint)kind | (hasMore ? 1u << 8 : 0));
        BinaryPrimitives.WriteInt64LittleEndian(header[TimeOffset..], timestamp);
    }

    /// <summary>Where the key ends, of a change of <paramref name="length"/> bytes; no further than that whatever the header says.</summary>
    public static int KeyEnd(ReadOnlySpan<byte> header, int length) =>
        Math.Clamp(BinaryPrimitives.ReadInt32LittleEndian(header), 0, Math.Max(0, length - HeaderBytes)) + HeaderBytes;

    /// <summary>What happened.</summary>
    public static ChangeKind Kind(ReadOnlySpan<byte> change) => (ChangeKind)change[KindOffset];

    /// <summary>Whether the next revision belongs to the same atomic batch.</summary>
    public static bool HasMore(ReadOnlySpan<byte> change) => change[MoreOffset] != 0;

    /// <summary>When, in Unix milliseconds.</summary>
    public static long Timestamp(ReadOnlySpan<byte> change) => BinaryPrimitives.ReadInt64LittleEndian(change[TimeOffset..]);
}
