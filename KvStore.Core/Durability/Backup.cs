using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>A store as files, while it goes on: put into a directory they are a store again, with every write that was durable when this was made.</summary>
/// <remarks>
/// <para>A snapshot, the log after it as one segment, and STORE, in this order: what broke off before its end is no store, and is refused as damaged.</para>
/// <para>The segment says nothing of a clean stop. So whoever opens a backup begins a new history: the store that it was taken of has gone on, and gives
/// the revisions after it to other writes.</para>
/// <para>Until it is disposed of, no file goes that it needs. Its files are read one after the other, by one thread at a time.</para>
/// </remarks>
public sealed class Backup : IDisposable
{
    private readonly IDisposable _hold;
    private readonly SnapshotReader _snapshot;

    private Backup(IDisposable hold, SnapshotReader snapshot, long revision, IReadOnlyList<BackupFile> files) =>
        (_hold, _snapshot, Revision, Files) = (hold, snapshot, revision, files);

    /// <summary>The last revision in it.</summary>
    public long Revision { get; }

    /// <summary>Its files, in the order in which they are to be written.</summary>
    public IReadOnlyList<BackupFile> Files { get; }

    /// <summary>Makes a backup of what is on the disk.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="snapshotRevision">The newest snapshot's revision.</param>
    /// <param name="lastRevision">The last revision that is to be in it: durable, and the last of its atomic batch.</param>
    /// <param name="hold">Keeps the files; disposed of with the backup.</param>
    /// <exception cref="IOException">A file could not be read.</exception>
    internal static Backup Create(IDataDirectory directory, long snapshotRevision, long lastRevision, IDisposable hold)
    {
        var name = LogFormat.SnapshotName(snapshotRevision);
        var snapshot = SnapshotReader.TryOpen(directory, snapshotRevision)
            ?? throw new StoreDamagedException(directory.Path, name, 0, "its header does not fit its checksum");
        try
        {
            var log = new LogExcerpt(directory, snapshot.Header.HistoryId, snapshotRevision, lastRevision);
            var identity = StoreIdentity.Encode(LogFormat.Version, snapshot.Header.HistoryId);
            return new Backup(hold, snapshot, lastRevision,
            [
                new BackupFile(name, snapshot.Length, snapshot.OpenStream),
                new BackupFile(LogFormat.SegmentName(1), log.Length, log.OpenStream),
                new BackupFile(LogFormat.IdentityName, identity.Length, () => new MemoryStream(identity, writable: false)),
            ]);
        }
        catch
        {
            snapshot.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _snapshot.Dispose();
        _hold.Dispose();
    }
}

/// <summary>A file of a backup.</summary>
/// <param name="Name">Its name in the directory.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Open">Opens it, to be read once from its beginning to its end; it can tell its length.</param>
public sealed record BackupFile(string Name, long Length, Func<Stream> Open);
