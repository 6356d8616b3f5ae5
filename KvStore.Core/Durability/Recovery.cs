using System.Diagnostics;
using System.Globalization;
using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Brings a store back from its files: the newest snapshot, and the log after it.</summary>
/// <remarks>
/// <para>1. The snapshot's blocks are checked and loaded by all threads. 2. One thread reads and checks the log, the others apply it, each to its own shards.
/// 3. The index is built in one go. 4. Only now, when nothing was found damaged, files are changed: the history is renewed where it has to be, the log
/// gets its end, and what is of no use is removed. A crash at any point of this leaves what can be recovered again, to the same state.</para>
/// </remarks>
internal sealed class Recovery
{
    // Fewer than these the collector has soon gone through.
    private const long FewEntries = 100_000;

    // What a key takes in the dictionary; in the dictionary's table, in both orders and while they are made; and what the rest of the process may.
    private const long ObjectBytes = 40;
    private const long ArrayBytes = 96;
    private const long SpareBytes = 64 << 20;

    private readonly IDataDirectory _directory;
    private readonly ShardedStore _store;
    private readonly RecoveryProgress _progress;
    private readonly int _workers;
    private readonly CancellationToken _cancellation;
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    private Recovery(IDataDirectory directory, ShardedStore store, RecoveryProgress progress, int workers, CancellationToken cancellation) =>
        (_directory, _store, _progress, _workers, _cancellation) = (directory, store, progress, workers, cancellation);

    /// <summary>Reads everything into an empty store, seals the log's end, and removes files that are of no use any more.</summary>
    /// <param name="directory">The data directory, which has a STORE: see <see cref="StoreIdentity.Find"/>.</param>
    /// <param name="store">An empty store that nobody uses yet. After a failure it is of no use.</param>
    /// <param name="progress">Is told how far it is; null for nobody.</param>
    /// <param name="workers">How many threads decode and apply; 0 = one for each processor.</param>
    /// <param name="cancellationToken">Ends it early; what is on disk stays as good as it was.</param>
    /// <exception cref="StoreDamagedException">A file is damaged. Nothing was changed.</exception>
    /// <exception cref="DataDirectoryException">A file is of a newer version. Nothing was changed.</exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static RecoveryResult Run(
        IDataDirectory directory,
        ShardedStore store,
        RecoveryProgress? progress = null,
        int workers = 0,
        CancellationToken cancellationToken = default)
    {
        workers = workers > 0 ? workers : Environment.ProcessorCount;
        return new Recovery(directory, store, progress ?? new RecoveryProgress(), workers, cancellationToken).Run();
    }

    private RecoveryResult Run()
    {
        _progress.Enter(RecoveryPhase.Files);
        var identity = StoreIdentity.Find(_directory) ?? throw Damaged(LogFormat.IdentityName, 0, "it is missing");
        using var snapshot = OpenSnapshot();
        _progress.Start(RecoveryFiles.BytesToRead(_directory, snapshot));
        using var pause = PauseCollections(snapshot);
        _store.BeginLoading(snapshot?.EstimateEntries() ?? 0);

        var end = LoadSnapshot(snapshot);
        var log = ApplyLog(snapshot?.Header.Revision ?? 0);
        if (end is not null && log.LastRevision < end.LastRevision)
        {
            throw Damaged(log.Segments[^1].Name, log.Segments[^1].End, Say(
                $"the log ends with revision {log.LastRevision}, but '{snapshot!.Name}' needs it up to revision {end.LastRevision}"));
        }

        _cancellation.ThrowIfCancellationRequested();
        var isHistoryNew = !log.IsCleanStop && !log.IsAlways;
        var historyId = isHistoryNew ? Guid.NewGuid() : identity.HistoryId;
        _progress.Enter(RecoveryPhase.Index);
        _store.FinishLoading(log.LastRevision, historyId);
        pause?.Dispose();

        // Before the log goes on: else the lost revisions could be given to others in the same history.
        if (isHistoryNew)
        {
            StoreIdentity.Write(_directory, historyId);
        }

        var segments = RecoveryFiles.Seal(_directory, log);
        RecoveryFiles.RemoveUseless(_directory, segments, snapshot?.Header.Revision);
        return new RecoveryResult(
            historyId,
            isHistoryNew,
            log.LastRevision,
            Math.Max(log.LatestTime, end?.LatestTime ?? 0),
            segments[^1].Sequence + 1,
            segments,
            snapshot is null ? null : new KeptSnapshot(snapshot.Header.Revision, snapshot.Length, snapshot.Header.CreatedAt),
            _progress.Records,
            log.TornTail,
            Stopwatch.GetElapsedTime(_startedAt));
    }

    private static CollectionPause? PauseCollections(SnapshotReader? snapshot)
    {
        var entries = snapshot?.EstimateEntries() ?? 0;
        return entries < FewEntries
            ? null
            : CollectionPause.TryBegin((entries * ObjectBytes) + SpareBytes, (snapshot!.Length * 9 / 8) + (entries * ArrayBytes) + SpareBytes);
    }

    private SnapshotReader? OpenSnapshot()
    {
        if (RecoveryFiles.NewestSnapshot(_directory) is not { } revision)
        {
            return null;
        }

        return SnapshotReader.TryOpen(_directory, revision)
            ?? throw Damaged(LogFormat.SnapshotName(revision), 0, SnapshotReader.WrongHeader);
    }

    private SnapshotEnd? LoadSnapshot(SnapshotReader? snapshot)
    {
        if (snapshot is null)
        {
            return null;
        }

        _progress.Enter(RecoveryPhase.Snapshot);
        var (end, fault) = new SnapshotLoad(snapshot, _store, _progress).Run(_workers, _cancellation);
        return end ?? throw Damaged(snapshot.Name, fault!.Offset, fault.Fault!);
    }

    private LogEnd ApplyLog(long after)
    {
        _progress.Enter(RecoveryPhase.Log);
        using var applier = new LogApplier(_store, _workers, _cancellation);
        var log = new LogReader(_directory, after, applier, _progress, _cancellation).Read();
        if (log.Damage is { } damage)
        {
            throw Damaged(damage.File, damage.Offset, damage.What);
        }

        applier.Finish();
        return log;
    }

    private StoreDamagedException Damaged(string file, long offset, string what) => new(_directory.Path, file, offset, what);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
