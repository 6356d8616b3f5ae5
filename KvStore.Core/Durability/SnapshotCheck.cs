using System.Globalization;
using KvStore.Core.Files;
using KvStore.Core.Records;

namespace KvStore.Core.Durability;

/// <summary>A snapshot that was read from its first byte to its last.</summary>
/// <param name="Revision">The revision of its name.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Entries">Entries that could be read.</param>
/// <param name="End">What it ends with; null where it is damaged.</param>
/// <param name="Fault">What is wrong with it; null where nothing is.</param>
/// <param name="Offset">Where in the file that is, in bytes.</param>
internal sealed record SnapshotCheck(long Revision, long Bytes, long Entries, SnapshotEnd? End, string? Fault, long Offset)
{
    /// <summary>Reads a snapshot, and checks everything that its format promises.</summary>
    /// <exception cref="DataDirectoryException">It is of a newer version.</exception>
    public static SnapshotCheck Run(IDataDirectory directory, long revision, CancellationToken cancellationToken = default)
    {
        using var reader = SnapshotReader.TryOpen(directory, revision);
        if (reader is null)
        {
            return new SnapshotCheck(revision, 0, 0, null, SnapshotReader.WrongHeader, 0);
        }

        var (entries, loader, blocks) = (0L, default(LastRevision), new SnapshotBlocks());
        SnapshotPart? part = null;
        while (reader.TryRead(blocks))
        {
            cancellationToken.ThrowIfCancellationRequested();
            part = blocks.Decode(ref loader);
            entries += part.Entries;
            if (part.Fault is not null)
            {
                return new SnapshotCheck(revision, reader.Length, entries, null, part.Fault, part.Offset);
            }
        }

        var fault = part?.End is not { } end ? "it has no end"
            : end.Entries != entries ? string.Create(CultureInfo.InvariantCulture, $"it holds {entries} entries, and its end says {end.Entries}")
            : end.LastRevision < loader.Revision || end.LastRevision < revision ? "its end is before its last revision"
            : null;
        return new SnapshotCheck(revision, reader.Length, entries, fault is null ? part!.End : null, fault, part?.Offset ?? 0);
    }

    private struct LastRevision : ISnapshotLoader
    {
        public long Revision { get; private set; }

        public void Load(ReadOnlySpan<byte> key, in Record record, ReadOnlySpan<byte> bytes) => Revision = Math.Max(Revision, record.Revision);
    }
}
