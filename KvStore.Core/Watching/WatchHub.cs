using System.Diagnostics.CodeAnalysis;
using KvStore.Core.Changes;
using KvStore.Core.Search;

namespace KvStore.Core.Watching;

/// <summary>Tells watchers of the changes that they want: the one reader of the log for all of them.</summary>
/// <remarks>
/// <para>It looks at each change's key once, finds who watches it (<see cref="WatchIndex"/>), and tells them the revision. A writer meets none of
/// this: it at most ends the hub's wait, and not more often than every few milliseconds.</para>
/// <para>While the store is busy it works on a thread of its own. A timer every few milliseconds would call on the pool each time, whose workers
/// then look for more to do before they sleep: that cost more than all that the hub itself does.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
/// <param name="log">The changes.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The buffer is given back when there is nothing to read.")]
internal sealed class WatchHub(ChangeLog log)
{
    private const int Slice = 256;

    // After this, news of a busy store is looked for, not waited for: writers are spared a wake-up for each change.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // After this without a change the thread ends: a store at rest keeps none.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly WatchIndex _index = new();
    private readonly ChangeBuffer _buffer = new();
    private long _position;
    private bool _isRunning;
    private bool _isDraining;

    /// <summary>The revision up to which everyone has been told.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Whether no more changes will come.</summary>
    public bool IsDraining => Volatile.Read(ref _isDraining);

    /// <summary>How many watchers there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _index.Count;
            }
        }
    }

    /// <summary>Begins to watch.</summary>
    /// <param name="filter">Which keys.</param>
    /// <param name="since">The revision after which changes are wanted; null = the present.</param>
    /// <returns>Null where changes after that revision have left the log, or it is ahead of the store.</returns>
    public Watcher? TryAdd(KeyFilter filter, long? since)
    {
        lock (_lock)
        {
            var present = log.PublishedRevision;
            var first = since ?? present;
            if (first > log.LastRevision || first < log.OldestRevision - 1)
            {
                return null;
            }

            if (!_isRunning)
            {
                _isRunning = true;
                Volatile.Write(ref _position, present);
                _ = Task.Run(RunAsync);
            }

            // What the others have been told of already, this one has to look for.
            var watcher = new Watcher(this, log, filter, first);
            watcher.TellAll(_position);
            _index.Add(watcher);
            return watcher;
        }
    }

    /// <summary>Ends a watch; does nothing where it has ended.</summary>
    public void Remove(Watcher watcher)
    {
        lock (_lock)
        {
            _index.Remove(watcher);
        }
    }

    /// <summary>Has every watcher read what there is by now, and then learn that it was the last.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            // Told of everything first, no watcher takes what it has not been told of for nothing.
            var last = log.PublishedRevision;
            while (_isRunning && _position < last && TryTellSlice())
            {
            }

            Volatile.Write(ref _isDraining, true);
            foreach (var watcher in _index.All)
            {
                watcher.Wake();
            }
        }
    }

    private async Task RunAsync()
    {
        do
        {
            try
            {
                await log.WaitBeyondAsync(Position).ConfigureAwait(false);
                await Task.Factory.StartNew(TellWhileBusy, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    .ConfigureAwait(false);
            }
            catch (OutOfMemoryException)
            {
                // Without the hub every watch would be silent for good. Who has been told of a change already passes over it.
                Thread.Sleep(Pause);
            }
        }
        while (!TryStop());
    }

    /// <summary>Tells until nothing has been written for a while, or nobody watches.</summary>
    private void TellWhileBusy()
    {
        do
        {
            while (TryTellSlice())
            {
            }

            Thread.Sleep(Pause);
        }
        while (Count > 0 && log.WaitBeyondAsync(Position).Wait(Linger));
    }

    private bool TryTellSlice()
    {
        lock (_lock)
        {
            for (var i = 0; i < Slice; i++)
            {
                var revision = _position + 1;
                switch (log.Read(revision, _buffer, isKeyEnough: true))
                {
                    case ChangeReading.NotYet:
                        return false;
                    case ChangeReading.Gone:
                        // The hub itself was too slow: everyone has to look for what it missed, and will learn that some is gone.
                        revision = log.PublishedRevision;
                        if (revision <= _position)
                        {
                            // It has gone before it could be told to anyone: what is after it can neither, for now.
                            return false;
                        }

                        foreach (var watcher in _index.All)
                        {
                            watcher.TellAll(revision);
                        }

                        break;
                    default:
                        _index.Tell(_buffer.Key, revision);
                        break;
                }

                Volatile.Write(ref _position, revision);
            }

            return true;
        }
    }

    private bool TryStop()
    {
        lock (_lock)
        {
            _isRunning = _index.Count > 0;
            _buffer.Dispose();
            return !_isRunning;
        }
    }
}
