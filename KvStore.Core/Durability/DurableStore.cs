using KvStore.Core.Errors;
using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Keeps a store in a directory: brings it back, writes down what changes, takes snapshots, and stops in good order.</summary>
/// <remarks>
/// <para>Open, then <see cref="RecoverAsync"/>, then the store may be used; nothing of it before. <see cref="StopAsync"/> when nobody writes any more.
/// Without that, as after a kill, nothing is lost but what the sync mode allows.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
public sealed class DurableStore : IAsyncDisposable
{
    private readonly IDataDirectory _directory;
    private readonly ShardedStore _store;
    private readonly DurabilityOptions _options;
    private readonly IDurabilityObserver? _observer;
    private readonly RecoveryProgress _progress = new();
    private readonly CancellationTokenSource _stopping = new();
    private WriteAheadLog? _log;
    private Snapshots? _snapshots;
    private RecoveryResult? _recovered;

    internal DurableStore(IDataDirectory directory, ShardedStore store, DurabilityOptions options, IDurabilityObserver? observer)
    {
        (_directory, _store, _options, _observer) = (directory, store, options, observer);
        try
        {
            if (StoreIdentity.Find(directory) is null)
            {
                StoreMaker.Make(directory, store.Time);
            }
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Opens a directory, and makes a store in it where there is none.</summary>
    /// <param name="path">The directory; made where it is missing.</param>
    /// <param name="store">An empty store that nobody uses yet.</param>
    /// <param name="options">How it is to be kept.</param>
    /// <param name="observer">Is told what happens; null for nobody.</param>
    /// <exception cref="IOException">It cannot be used; the message is one line that says why and what to do. Nothing in it was changed.</exception>
    public static DurableStore Open(string path, ShardedStore store, DurabilityOptions options, IDurabilityObserver? observer = null)
    {
        StoreMaker.Refuse(path);
        return new DurableStore(DataDirectory.Open(path), store, options, observer);
    }

    /// <summary>What is being done, and how it goes.</summary>
    public DurabilityStatus Status => new(
        _log is null,
        _progress.Phase,
        _progress.Percent,
        _progress.Records,
        _progress.RecordsPerSecond,
        _log?.IsFull ?? false,
        _log?.Failure?.Message);

    /// <summary>What is on the disk.</summary>
    public DurabilityStatistics Statistics
    {
        get
        {
            var ended = _log?.Ended ?? [];
            var durable = _log?.Watermark.Revision ?? 0;
            return new(
                durable,
                _log is null ? 0 : _store.Changes.LastRevision - durable,
                ended.Sum(segment => segment.Bytes),
                ended.Count,
                _log?.BytesWritten ?? 0,
                _snapshots?.LogBytesBetween ?? _options.SnapshotLogBytes,
                _snapshots?.Last,
                _recovered?.Records ?? 0,
                _recovered?.Duration ?? TimeSpan.Zero);
        }
    }

    /// <summary>Brings the store back; then it may be used, and what changes is written down.</summary>
    /// <returns>What was found, for the log.</returns>
    /// <exception cref="IOException">A file is damaged or cannot be read; the message is one line that says which, where, and what to do.</exception>
    public async Task<RecoverySummary> RecoverAsync(CancellationToken cancellationToken = default)
    {
        var found = await Task.Run(() => Recovery.Run(_directory, _store, _progress, cancellationToken: cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        _store.StartClockAt(found.LatestTime);
        if (!found.IsHistoryNew)
        {
            _progress.Enter(RecoveryPhase.Window);
            await Task.Run(() => WindowRefill.Run(_directory, _store.Changes, found.Snapshot?.Revision ?? 0, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }

        var isAlways = _options.Sync == SyncMode.Always;
        var header = new SegmentHeader(LogFormat.Version, found.NextSequence, Salt: 0, found.HistoryId, isAlways, CreatedAt: 0);
        var log = new WriteAheadLog(_directory, _store.Changes, header, found.Segments, _options, _store.Time, _observer);
        _store.Attach(log, isAlways ? log.Watermark : null);
        log.Start();
        _snapshots = new Snapshots(_directory, _store, log, _options, found.Snapshot, _stopping.Token);
        _recovered = found;
        _progress.Enter(RecoveryPhase.Done);
        Volatile.Write(ref _log, log);
        _ = _snapshots.RunAsync(_stopping.Token);
        return new RecoverySummary(
            found.LastRevision, found.HistoryId.ToString("n"), found.IsHistoryNew, found.Records, found.TornTail?.ToString(), found.Duration);
    }

    /// <summary>Takes a snapshot now; waits for one that is being taken, and takes it for this one.</summary>
    /// <exception cref="IOException">It could not be written; the store goes on.</exception>
    /// <exception cref="StorageFailedException">The disk has failed before.</exception>
    public Task<SnapshotSummary> SnapshotAsync(CancellationToken cancellationToken = default) =>
        (_snapshots ?? throw new InvalidOperationException("The store has not been recovered.")).TakeAsync(cancellationToken);

    /// <summary>Takes a snapshot, and makes a backup of it and of the log after it up to what is durable then. To be disposed of soon: files are kept for it.</summary>
    /// <exception cref="IOException">The snapshot could not be written, or a file could not be read; the store goes on.</exception>
    /// <exception cref="StorageFailedException">The disk has failed before.</exception>
    public async Task<Backup> BackupAsync(CancellationToken cancellationToken = default)
    {
        if (_snapshots is not { } snapshots || _log is not { } log)
        {
            throw new InvalidOperationException("The store has not been recovered.");
        }

        var hold = snapshots.Hold();
        try
        {
            var snapshot = await snapshots.TakeAsync(cancellationToken).ConfigureAwait(false);
            if (!await log.SyncAsync(log.Position).ConfigureAwait(false))
            {
                throw new StorageFailedException();
            }

            return Backup.Create(_directory, snapshot.Revision, log.Watermark.Revision, hold);
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <summary>Writes down what is left, and that it was a stop in good order. To be called when nobody writes any more.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_snapshots is not null)
        {
            await _snapshots.StopAsync().ConfigureAwait(false);
        }

        if (_log is not null)
        {
            await _log.StopAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _log?.Dispose();
        _stopping.Dispose();
        _directory.Dispose();
    }
}
