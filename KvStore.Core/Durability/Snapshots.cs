using KvStore.Core.Errors;
using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Takes snapshots when the log has grown, and on demand; then removes what each makes needless.</summary>
/// <remarks>One at a time: who asks while one is taken waits for it. Safe for any number of threads.</remarks>
internal sealed class Snapshots(
    IDataDirectory directory, ShardedStore store, WriteAheadLog log, DurabilityOptions options, KeptSnapshot? last, CancellationToken stopping = default)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Lock _filesLock = new();
    private readonly SnapshotWriter _writer = new(directory, store, store.Time);
    private Task<SnapshotSummary>? _running;
    private long _logBytesAtLast;
    private bool _isStopped;
    private int _holds;

    /// <summary>The newest; null where there is none.</summary>
    public SnapshotSummary? Last { get; private set; } = last is null
        ? null
        : new SnapshotSummary(LogFormat.SnapshotName(last.Revision), last.Revision, last.Bytes, Records: 0, last.TakenAt);

    /// <summary>Bytes of log after which the next is taken: what a start reads is at most about twice the data.</summary>
    public long LogBytesBetween => Math.Max(options.SnapshotLogBytes, Last?.Bytes ?? 0);

    /// <summary>Takes one now, or waits for the one that is being taken.</summary>
    public Task<SnapshotSummary> TakeAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            if (_running is null or { IsCompleted: true })
            {
                _running = Task.Run(WriteAsync, CancellationToken.None);
            }

            return _running.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Takes one whenever the log has grown enough.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // What the start has found of the log counts, too.
        _logBytesAtLast = -log.Ended.Sum(segment => segment.Bytes);
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                if (log.Failure is null && log.BytesWritten - _logBytesAtLast >= LogBytesBetween)
                {
                    await TryTakeAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The store stops.
        }
    }

    /// <summary>Keeps every file that a snapshot has made needless, or will make needless, until it is disposed of.</summary>
    public IDisposable Hold()
    {
        lock (_filesLock)
        {
            _holds++;
        }

        return new Held(this);
    }

    /// <summary>Waits for the one that is being taken, which the end of the store cuts short; none is begun any more.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
            return _running?.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default) ?? Task.CompletedTask;
        }
    }

    private async Task TryTakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TakeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or StorageFailedException or ObjectDisposedException)
        {
            // The log goes on growing meanwhile, and it is tried again when it has grown by as much once more.
            _logBytesAtLast = log.BytesWritten;
        }
    }

    private async Task<SnapshotSummary> WriteAsync()
    {
        var logBytes = log.BytesWritten;
        var written = await _writer.WriteAsync(SyncLogAsync, () => store.LatestTime, bytesPerSecond: options.SnapshotBytesPerSecond, cancellationToken: stopping).ConfigureAwait(false);
        var summary = new SnapshotSummary(
            LogFormat.SnapshotName(written.Revision), written.Revision, written.Bytes, written.Records, store.Time.GetUtcNow().ToUnixTimeMilliseconds(), written.Duration);
        _logBytesAtLast = logBytes;
        Last = summary;
        RemoveNeedless();
        return summary;
    }

    /// <summary>Removes what the newest snapshot has made needless, unless someone holds it.</summary>
    private void RemoveNeedless()
    {
        lock (_filesLock)
        {
            if (_holds > 0 || Last is not { } newest)
            {
                return;
            }

            log.Forget(newest.Revision);
            foreach (var name in directory.List())
            {
                if (LogFormat.TryParseSnapshot(name, out var revision) && revision < newest.Revision)
                {
                    directory.Delete(name);
                }
            }

            directory.SyncNames();
        }
    }

    private void Release()
    {
        lock (_filesLock)
        {
            _holds--;
        }

        try
        {
            RemoveNeedless();
        }
        catch (IOException)
        {
            // It is tried again after the next snapshot.
        }
    }

    private async ValueTask SyncLogAsync(long revision)
    {
        if (!await log.SyncAsync(revision).ConfigureAwait(false))
        {
            throw new StorageFailedException();
        }
    }

    private sealed class Held(Snapshots snapshots) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                snapshots.Release();
            }
        }
    }
}
