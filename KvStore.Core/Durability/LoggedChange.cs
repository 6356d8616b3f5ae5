using System.Buffers.Binary;
using System.Runtime.InteropServices;
using KvStore.Core.Changes;

namespace KvStore.Core.Durability;

/// <summary>A view of a change in a log, of which everything has been checked that can be.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct LoggedChange
{
    /// <summary>What happened.</summary>
    public readonly ChangeKind Kind;

    /// <summary>Whether the next revision belongs to the same atomic batch.</summary>
    public readonly bool HasMore;

    /// <summary>When, in Unix milliseconds.</summary>
    public readonly long Timestamp;

    /// <summary>The key; empty where nothing happened.</summary>
    public readonly ReadOnlySpan<byte> Key;

    /// <summary>The bytes of the record; empty but where the key was set.</summary>
    public readonly ReadOnlySpan<byte> Record;

    private LoggedChange(ReadOnlySpan<byte> change, int keyEnd)
    {
        Kind = ChangeRecord.Kind(change);
        HasMore = ChangeRecord.HasMore(change);
        Timestamp = ChangeRecord.Timestamp(change);
        Key = change[ChangeRecord.HeaderBytes..keyEnd];
        Record = change[keyEnd..];
    }

    /// <summary>Views a change; false where the bytes cannot be one, which is a fault of who wrote them when their checksum is right.</summary>
    /// <param name="change">Its bytes, and no more.</param>
    /// <param name="revision">The revision of its frame.</param>
    /// <param name="result">The change.</param>
    public static bool TryRead(ReadOnlySpan<byte> change, long revision, out LoggedChange result)
    {
        result = default;
        if (change.Length < ChangeRecord.HeaderBytes)
        {
            return false;
        }

        var keyLength = BinaryPrimitives.ReadInt32LittleEndian(change);
        if (keyLength < 0 || keyLength > change.Length - ChangeRecord.HeaderBytes)
        {
            return false;
        }

        result = new LoggedChange(change, ChangeRecord.HeaderBytes + keyLength);
        return result.Kind switch
        {
            ChangeKind.None => change.Length == ChangeRecord.HeaderBytes,
            ChangeKind.Set => keyLength > 0 && IsRecord(result.Record, out var written) && written == revision,
            ChangeKind.Delete or ChangeKind.Expire => keyLength > 0 && result.Record.IsEmpty,
            _ => false,
        };
    }

    /// <summary>Whether bytes are a record, and nothing beside it.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="revision">The record's revision.</param>
    public static bool IsRecord(ReadOnlySpan<byte> bytes, out long revision)
    {
        var isRecord = Records.Record.TryRead(bytes, out var record) && record.TotalSize == bytes.Length && record.Revision > 0;
        revision = isRecord ? record.Revision : 0;
        return isRecord;
    }
}
