using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Records;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Support;

/// <summary>Writes snapshots as docs/snapshot-format.md says, of any content.</summary>
internal static class SnapshotScript
{
    public static void Write(
        IDataDirectory directory, long revision, long lastRevision, IReadOnlyList<(string Key, StoredValue Value)> entries, long latestTime = 0)
    {
        var bytes = new List<byte>();
        var header = new byte[LogFormat.HeaderBytes];
        new SnapshotHeader(LogFormat.Version, revision, LogScript.History, CreatedAt: 1_767_225_600_000).Write(header);
        bytes.AddRange(header);
        if (entries.Count > 0)
        {
            bytes.AddRange(Block(0, entries.Count, [.. entries.SelectMany(entry => Entry(entry.Key, entry.Value))]));
        }

        var end = new byte[SnapshotEnd.ContentBytes];
        BinaryPrimitives.WriteInt64LittleEndian(end, entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(8), lastRevision);
        BinaryPrimitives.WriteInt64LittleEndian(end.AsSpan(16), latestTime);
        bytes.AddRange(Block(entries.Count > 0 ? 1u : 0, 0, end));
        DirectoryBytes.Put(directory, LogFormat.SnapshotName(revision), [.. bytes]);
    }

    private static byte[] Entry(string key, StoredValue stored)
    {
        var code = ContentTypes.Encode(stored.ContentType);
        var value = Encoding.UTF8.GetBytes(stored.Value);
        var keyBytes = Encoding.UTF8.GetBytes(key);
        var entry = new byte[LogFormat.EntryBytes + keyBytes.Length + Record.Size(value.Length, code, stored.ExpiresAt)];
        BinaryPrimitives.WriteInt32LittleEndian(entry, keyBytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(4), entry.Length - LogFormat.EntryBytes - keyBytes.Length);
        keyBytes.CopyTo(entry, LogFormat.EntryBytes);
        Record.Write(entry.AsSpan(LogFormat.EntryBytes + keyBytes.Length), stored.Revision, new ReadOnlySequence<byte>(value), code, stored.ExpiresAt);
        return entry;
    }

    private static byte[] Block(uint number, int count, byte[] content)
    {
        var block = new byte[LogFormat.BlockBytes + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), content.Length);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8), count);
        content.CopyTo(block, LogFormat.BlockBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block, Crc32C.Of(block.AsSpan(4), number));
        return block;
    }
}
