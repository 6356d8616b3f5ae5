using KvStore.Core.Changes;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Watching;

/// <inheritdoc cref="IWatcher"/>
/// <remarks>
/// <para>It holds no changes, only which revisions it is to read from the log: at most some dozens one by one, for a filter that seldom
/// matches, and beyond that a range, in which it looks at every change itself. So a slow one costs no more memory than a fast one.</para>
/// <para>Thread safety: one reader; <see cref="Tell"/> and <see cref="TellAll"/> are called by the hub.</para>
/// </remarks>
internal sealed class Watcher : IWatcher
{
    private const int MostSingles = 64;

    private readonly Lock _lock = new();
    private readonly WatchHub _hub;
    private readonly ChangeLog _log;
    private readonly ChangeBuffer _buffer = new();
    private readonly Queue<long> _singles = new();
    private readonly SemaphoreSlim _news = new(0, 1);

    // The revisions after Revision, up to this one, that are to be looked through before the single ones.
    private long _rangeEnd;

    // Whether it has been far enough from the end of the window since it began.
    private bool _isInTime;

    public Watcher(WatchHub hub, ChangeLog log, KeyFilter filter, long since)
    {
        _hub = hub;
        _log = log;
        Filter = filter;
        Revision = since;
        _rangeEnd = since;
        _isInTime = !log.IsLeaving(since + 1);
    }

    /// <summary>Which keys it watches.</summary>
    public KeyFilter Filter { get; }

    /// <inheritdoc />
    public long Revision { get; private set; }

    /// <inheritdoc />
    public WatchReading TryRead(out WatchedChange change)
    {
        change = default;

        // Asked first: what came before the drain has been told by then.
        var isDraining = _hub.IsDraining;
        while (TryNext(out var revision, out var mustMatch))
        {
            // Nothing before it is wanted.
            Revision = revision - 1;
            if (IsTooLate(revision) || !TryRead(revision, mustMatch, out var isWanted))
            {
                return WatchReading.FellBehind;
            }

            Revision = revision;
            if (isWanted)
            {
                change = View();
                return WatchReading.Change;
            }
        }

        return isDraining ? WatchReading.Draining : WatchReading.Nothing;
    }

    /// <inheritdoc />
    public void Forget() => _buffer.Dispose();

    /// <inheritdoc />
    public async ValueTask WaitAsync(CancellationToken cancellationToken) =>
        await WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public async ValueTask<bool> WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _buffer.Dispose();
        return await _news.WaitAsync(timeout, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _hub.Remove(this);
        _buffer.Dispose();
    }

    /// <summary>Has it read a change that matches.</summary>
    public void Tell(long revision)
    {
        lock (_lock)
        {
            if (_singles.Count == MostSingles)
            {
                _singles.Clear();
                _rangeEnd = revision;
            }
            else
            {
                _singles.Enqueue(revision);
            }

            Signal();
        }
    }

    /// <summary>Has it look through all changes up to a revision.</summary>
    public void TellAll(long revision)
    {
        lock (_lock)
        {
            _singles.Clear();
            _rangeEnd = revision;
            Signal();
        }
    }

    /// <summary>Ends a wait.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            Signal();
        }
    }

    private bool TryNext(out long revision, out bool mustMatch)
    {
        // Asked first: what it was told of up to then is in the queue, or read.
        var told = _hub.Position;
        lock (_lock)
        {
            mustMatch = Revision < _rangeEnd;
            revision = Revision + 1;
            while (!mustMatch && _singles.TryDequeue(out revision))
            {
                if (revision > Revision)
                {
                    return true;
                }
            }
        }

        if (!mustMatch)
        {
            Revision = Math.Max(Revision, told);
        }

        return mustMatch;
    }

    /// <summary>Whether it has fallen so far behind that it has to end, while it can still be resumed. Who begins as late as that, as who resumes does, reads
    /// on for as long as there is something to read.</summary>
    private bool IsTooLate(long revision)
    {
        var isLeaving = _log.IsLeaving(revision);
        var isTooLate = isLeaving && _isInTime;
        _isInTime |= !isLeaving;
        return isTooLate;
    }

    /// <summary>Reads a change; false where it is gone.</summary>
    private bool TryRead(long revision, bool mustMatch, out bool isWanted)
    {
        // A large value that nobody wants is not copied.
        var isFound = _log.Read(revision, _buffer, isKeyEnough: mustMatch) == ChangeReading.Found;
        isWanted = isFound && _buffer.Kind != ChangeKind.None && (!mustMatch || Filter.Matches(_buffer.Key));
        return isFound && (!isWanted || !mustMatch || _log.Read(revision, _buffer) == ChangeReading.Found);
    }

    private WatchedChange View() => _buffer.TryGetRecord(out var record)
        ? new WatchedChange
        {
            Kind = _buffer.Kind,
            Revision = Revision,
            Timestamp = _buffer.Timestamp,
            Key = _buffer.Key,
            ValueMemory = _buffer.Last(record.ValueLength),
            ContentType = ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText),
            ExpiresAt = record.ExpiresAt,
        }
        : new WatchedChange { Kind = _buffer.Kind, Revision = Revision, Timestamp = _buffer.Timestamp, Key = _buffer.Key, ContentType = "" };

    private void Signal()
    {
        if (_news.CurrentCount == 0)
        {
            _news.Release();
        }
    }
}
