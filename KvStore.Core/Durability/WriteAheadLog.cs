using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Writes every change of a store to its segments (docs/wal-format.md), and says how far they would survive a power cut.</summary>
/// <remarks>
/// <para>A reader of the change log like any other, with a thread of its own that appends what there is, syncs it, and completes all who wait for that: group
/// commit (DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984). While it syncs, the next group gathers in the window.</para>
/// <para>A failed write or sync is final: nothing is known of the disk any more. From then on no room is given, and the watermark stays where it is.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed partial class WriteAheadLog : IJournal, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly ChangeLog _changes;
    private readonly SegmentPool _pool;
    private readonly DurabilityOptions _options;
    private readonly TimeProvider _time;
    private readonly IDurabilityObserver? _observer;
    private readonly Pulse _wake = new();
    private readonly object _positionGate = new();
    private readonly Lock _endedLock = new();
    private readonly List<KeptSegment> _ended = [];
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;
    private long _wantedSync;
    private int _waitingForPosition;
    private volatile bool _isStopping;
    private Exception? _failure;

    /// <summary>Begins to write.</summary>
    /// <param name="directory">Where the segments are.</param>
    /// <param name="changes">The changes; the log begins after its last revision.</param>
    /// <param name="header">What the segments' headers have in common; its sequence is the first one's.</param>
    /// <param name="ended">The segments that are there already, in order.</param>
    /// <param name="options">When to sync, and how long segments are.</param>
    /// <param name="time">The clock.</param>
    /// <param name="observer">Is told of syncs.</param>
    public WriteAheadLog(
        IDataDirectory directory,
        ChangeLog changes,
        SegmentHeader header,
        IEnumerable<KeptSegment> ended,
        DurabilityOptions options,
        TimeProvider time,
        IDurabilityObserver? observer)
    {
        (_changes, _options, _time, _observer) = (changes, options, time, observer);
        _ended.AddRange(ended);
        _position = changes.LastRevision;
        Watermark.Advance(_position);
        _pool = new SegmentPool(directory, header, SegmentBytesFor(changes, options), options.RetryAfterFull, time, isFull => observer?.SpaceChanged(isFull), Fail);
        _pool.Start();
    }

    /// <summary>How far the log would survive a power cut.</summary>
    public DurableWatermark Watermark { get; } = new();

    /// <inheritdoc />
    public long Position => Volatile.Read(ref _position);

    /// <summary>Whether there is no room for writes at the moment.</summary>
    public bool IsFull => _pool.IsFull;

    /// <summary>What has ended the log before its time; null while all is well.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Bytes of frames written since the log was opened.</summary>
    public long BytesWritten => Volatile.Read(ref _bytesWritten);

    /// <summary>The segments that have ended and are still there, in order.</summary>
    public IReadOnlyList<KeptSegment> Ended
    {
        get
        {
            lock (_endedLock)
            {
                return [.. _ended];
            }
        }
    }

    /// <summary>Begins to write what comes. To be called once, when the store is attached.</summary>
    public void Start() => new Thread(Run) { IsBackground = true, Name = "wal" }.Start();

    /// <inheritdoc />
    public ErrorCode TryTake(int count, long bytes) =>
        Failure is not null || _isStopping ? ErrorCode.NotReady : _pool.TryTakeRoom(bytes + ((long)count * LogFormat.FrameBytes));

    /// <inheritdoc />
    public void WaitUntilRead(long revision)
    {
        lock (_positionGate)
        {
            // With a full fence: either this sees how far the log has come, or the log sees that someone waits.
            Interlocked.Increment(ref _waitingForPosition);
            while (Position < revision && Failure is null)
            {
                Monitor.Wait(_positionGate);
            }

            Interlocked.Decrement(ref _waitingForPosition);
        }
    }

    /// <summary>Syncs what has been written by now, whatever the mode.</summary>
    /// <returns>Completes when the log is durable up to a revision; false where it has failed.</returns>
    public ValueTask<bool> SyncAsync(long revision)
    {
        long wanted;
        while ((wanted = Volatile.Read(ref _wantedSync)) < revision)
        {
            Interlocked.CompareExchange(ref _wantedSync, revision, wanted);
        }

        _wake.Happen();
        return Watermark.WaitAsync(revision);
    }

    /// <summary>Gives segments back that a snapshot has made needless: those that end at or before its revision. The newest stays in any case: a
    /// directory without any has lost them.</summary>
    public void Forget(long revision)
    {
        List<KeptSegment> forgotten;
        lock (_endedLock)
        {
            forgotten = _ended.FindAll(segment => segment.LastRevision <= revision && segment != _ended[^1]);
            _ended.RemoveAll(forgotten.Contains);
        }

        _pool.GiveBack(forgotten);
    }

    /// <summary>Writes and syncs what is left, and says in the log that this was a stop in good order. Room is refused from now on.</summary>
    public Task StopAsync()
    {
        _isStopping = true;
        Interlocked.MemoryBarrier();
        _wake.Happen();
        return _stopped.Task;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _pool.Dispose();
        _segment?.File.Dispose();
    }

    private static int SegmentBytesFor(ChangeLog changes, DurabilityOptions options)
    {
        var largestGroup = changes.MaxBytes + ((long)changes.MaxCount * LogFormat.FrameBytes) + LogFormat.HeaderBytes + LogFormat.FrameBytes;
        return (int)Math.Min(Array.MaxLength, Math.Max(options.SegmentBytes, largestGroup));
    }

    private void Run()
    {
        try
        {
            while (Failure is null && AppendAndSync())
            {
            }

            if (Failure is null)
            {
                _pool.Close();
                EndSegment(FrameFlags.CleanStop);
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        // Whoever waits still, though nobody should, waits for what will not come.
        Watermark.Fail();
        _stopped.SetResult();
    }

    /// <summary>Does what there is to do, or waits for more; false where nothing more will come.</summary>
    private bool AppendAndSync()
    {
        var appended = AppendAvailable();
        if (IsSyncDue())
        {
            Sync();
            return true;
        }

        // What has only to survive a kill is in the system's hands before anything is waited for.
        WriteBuffer();
        if (appended == 0)
        {
            if (_isStopping && Position == _changes.LastRevision)
            {
                return false;
            }

            WaitForNews();
        }
        else if (_options.Sync != SyncMode.Always)
        {
            // Nobody waits for the log: on a busy store it looks for news, and writers are spared a wake-up for each change.
            Thread.Sleep(Pause);
        }

        return true;
    }

    private bool IsSyncDue()
    {
        if (Position == Watermark.Revision)
        {
            return false;
        }

        return _options.Sync == SyncMode.Always
            || Volatile.Read(ref _wantedSync) > Watermark.Revision
            || (_options.Sync == SyncMode.Interval && UntilSync() <= TimeSpan.Zero);
    }

    private TimeSpan UntilSync() => _options.SyncInterval - _time.GetElapsedTime(_lastSync);

    private void WaitForNews()
    {
        var woken = _wake.Next();
        var news = _changes.WaitBeyondForJournalAsync(Position);
        if (_isStopping || Failure is not null || Volatile.Read(ref _wantedSync) > Watermark.Revision)
        {
            return;
        }

        var isDirty = _options.Sync == SyncMode.Interval && Position > Watermark.Revision;
        var timeout = isDirty ? Math.Max(1, (int)UntilSync().TotalMilliseconds) : Timeout.Infinite;
        Task.WaitAny([news, woken], timeout);
    }

    /// <summary>Has those who wait for room in the window look again.</summary>
    private void MoveTo(long revision)
    {
        Interlocked.Exchange(ref _position, revision);
        if (Volatile.Read(ref _waitingForPosition) > 0)
        {
            lock (_positionGate)
            {
                Monitor.PulseAll(_positionGate);
            }
        }
    }

    private void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref _failure, exception, null) is not null)
        {
            return;
        }

        _observer?.Failed(exception);
        _pool.End();
        _wake.Happen();
        Watermark.Fail();
        lock (_positionGate)
        {
            Monitor.PulseAll(_positionGate);
        }
    }
}
