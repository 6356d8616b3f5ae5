using System.Diagnostics.CodeAnalysis;
using KvStore.Api.Hosting;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Core.Watching;

namespace KvStore.Api.Http;

/// <summary>Begins watches, of whatever protocol, for as long as there is room and the service stays.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class WatchGate(IKeyValueStore store, WatchCapacity capacity, Lifecycle lifecycle)
{
    /// <summary>What all watches together may take.</summary>
    public WatchCapacity Capacity => capacity;

    /// <summary>Begins a watch.</summary>
    /// <param name="filter">Which keys; the empty one is all.</param>
    /// <param name="since">The revision after which changes are wanted; null = from now on.</param>
    /// <param name="watcher">The watch; disposing of it makes room for another.</param>
    /// <param name="problem">Why there is none.</param>
    public bool TryOpen(
        KeyFilter filter, long? since, [NotNullWhen(true)] out IWatcher? watcher, [NotNullWhen(false)] out Problem? problem)
    {
        watcher = null;
        problem = TryEnter();
        if (problem is not null)
        {
            return false;
        }

        try
        {
            watcher = store.Watch(filter, since) is { } opened ? new CountedWatcher(opened, capacity) : null;
        }
        finally
        {
            if (watcher is null)
            {
                capacity.Leave();
            }
        }

        if (watcher is null)
        {
            problem = Compacted(store.Statistics, since.GetValueOrDefault());
            return false;
        }

        return true;
    }

    private Problem? TryEnter()
    {
        if (lifecycle.IsDraining)
        {
            return new Problem(
                ErrorCode.Draining, "The service is shutting down, and every watch has ended. Watch another node, or try again.");
        }

        return capacity.TryEnter() ? null : new Problem(
            ErrorCode.RateLimited, $"{capacity.MaxWatchers} watches are open, and no more are served at once. Close one, or try again.");
    }

    private static Problem Compacted(in StoreStatistics store, long since)
    {
        var detail = since > store.Revision
            ? $"The store has not come to revision {since}: its history has begun anew."
            : $"Not all changes after revision {since} are kept.";
        return new Problem(ErrorCode.RevisionCompacted, $"{detail} Read the store, and watch from there.") { OldestRevision = store.OldestRevision };
    }

    /// <summary>A watcher that leaves when it is disposed of.</summary>
    private sealed class CountedWatcher(IWatcher watcher, WatchCapacity capacity) : IWatcher
    {
        private int _hasLeft;

        public long Revision => watcher.Revision;

        public WatchReading TryRead(out WatchedChange change) => watcher.TryRead(out change);

        public void Forget() => watcher.Forget();

        public ValueTask WaitAsync(CancellationToken cancellationToken) => watcher.WaitAsync(cancellationToken);

        public ValueTask<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken) => watcher.WaitAsync(timeout, cancellationToken);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _hasLeft, 1) == 0)
            {
                watcher.Dispose();
                capacity.Leave();
            }
        }
    }
}
