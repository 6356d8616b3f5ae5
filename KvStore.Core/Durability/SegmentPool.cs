using KvStore.Core.Errors;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Makes the log's next segment while the current one is written, and keeps account of the room.</summary>
/// <remarks>
/// <para>Room is taken before a change is made, in the order of revisions and by the rule by which the log then places it: where a group does not fit into
/// what is left, a new segment begins. So what has been accepted has its place, whatever becomes of the disk. A group may turn out shorter than
/// what was taken for it (a write that failed): the log then needs fewer segments, never more, as this packing is monotonic (Murgolo, "Anomalous
/// behavior in bin packing algorithms", 1988).</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed partial class SegmentPool : IDisposable
{
    private const int MostSpares = 2;

    private readonly Lock _diskLock = new();
    private readonly object _gate = new();
    private readonly Queue<Segment> _ready = new();
    private readonly Queue<string> _spares = new();
    private readonly IDataDirectory _directory;
    private readonly SegmentHeader _header;
    private readonly TimeSpan _retryAfterFull;
    private readonly TimeProvider _time;
    private readonly Action<bool> _onFull;
    private readonly Action<Exception> _onFailure;
    private readonly Thread _thread;

    // Segments that are ready and not yet taken by anyone's room.
    private int _unclaimed;
    private long _room;
    private long _nextSequence;
    private bool _isFull;
    private bool _isEnded;

    /// <summary>Makes none before <see cref="Start"/>.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="header">What their headers have in common; its sequence is the first one's.</param>
    /// <param name="segmentBytes">Bytes of each.</param>
    /// <param name="retryAfterFull">How long after a full disk it is tried again.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onFull">Is told when the disk gets full, and when it is so no more.</param>
    /// <param name="onFailure">Is told when no more segments can be made, for another reason.</param>
    public SegmentPool(
        IDataDirectory directory,
        SegmentHeader header,
        int segmentBytes,
        TimeSpan retryAfterFull,
        TimeProvider time,
        Action<bool> onFull,
        Action<Exception> onFailure)
    {
        (_directory, _header, SegmentBytes, _retryAfterFull, _time) = (directory, header, segmentBytes, retryAfterFull, time);
        (_onFull, _onFailure) = (onFull, onFailure);
        _nextSequence = header.Sequence;
        _thread = new Thread(Run) { IsBackground = true, Name = "wal-segments" };
    }

    /// <summary>Bytes of each segment.</summary>
    public int SegmentBytes { get; }

    /// <summary>Whether the disk had no room for the next segment when it was last tried.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _isFull;
            }
        }
    }

    /// <summary>Begins to make segments. Apart from the making, as a failure may be told at once.</summary>
    public void Start() => _thread.Start();

    /// <summary>Takes room for a group of frames; waits where the next segment is being made.</summary>
    public ErrorCode TryTakeRoom(long bytes)
    {
        // An end must always fit.
        bytes += LogFormat.FrameBytes;
        lock (_gate)
        {
            if (bytes > _room)
            {
                while (_unclaimed == 0 && !_isFull && !_isEnded)
                {
                    Monitor.Wait(_gate);
                }

                if (_unclaimed == 0)
                {
                    return _isEnded ? ErrorCode.NotReady : ErrorCode.StorageFull;
                }

                _unclaimed--;
                _room = SegmentBytes - LogFormat.HeaderBytes;
                Monitor.PulseAll(_gate);
            }

            _room -= bytes - LogFormat.FrameBytes;
            return ErrorCode.None;
        }
    }

    /// <summary>Gives the next segment to the log, which has room taken in it.</summary>
    public Segment Take()
    {
        lock (_gate)
        {
            return _ready.Dequeue();
        }
    }

    /// <summary>Takes segments back whose changes a snapshot holds: a few of the right length to be used again.</summary>
    public void GiveBack(IEnumerable<KeptSegment> segments)
    {
        lock (_diskLock)
        {
            foreach (var segment in segments)
            {
                var name = LogFormat.SegmentName(segment.Sequence);
                if (_spares.Count >= MostSpares || segment.Bytes != SegmentBytes)
                {
                    _directory.Delete(name);
                    continue;
                }

                var spare = name + LogFormat.Unfinished;
                _directory.Rename(name, spare);
                _spares.Enqueue(spare);
            }

            // Only then may what they hold be written over.
            _directory.SyncNames();
        }

        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the making; room is refused from now on.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the making, and removes what has not been given out: after a stop in good order no segment comes after the last one.</summary>
    public void Close()
    {
        Dispose();
        // The last first: one that is missing among others would be damage.
        foreach (var segment in _ready.Reverse())
        {
            _directory.Delete(segment.Name);
        }

        _ready.Clear();

        _directory.SyncNames();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        End();
        _thread.Join();
        foreach (var segment in _ready)
        {
            segment.File.Dispose();
        }
    }

    private void Run()
    {
        while (WaitUntilWanted())
        {
            try
            {
                Add(Make());
            }
            catch (Exception exception) when (DiskFull.Is(exception))
            {
                WaitForSpace();
            }
            catch (Exception exception)
            {
                End();
                _onFailure(exception);
            }
        }
    }

    private void Add(Segment segment)
    {
        bool wasFull;
        lock (_gate)
        {
            wasFull = _isFull;
            _isFull = false;
            _ready.Enqueue(segment);
            _unclaimed++;
            Monitor.PulseAll(_gate);
        }

        if (wasFull)
        {
            _onFull(false);
        }
    }

    private bool WaitUntilWanted()
    {
        lock (_gate)
        {
            while (_unclaimed > 0 && !_isEnded)
            {
                Monitor.Wait(_gate);
            }

            return !_isEnded;
        }
    }

    private void WaitForSpace()
    {
        bool wasFull;
        lock (_gate)
        {
            wasFull = _isFull;
            _isFull = true;
            Monitor.PulseAll(_gate);
        }

        if (!wasFull)
        {
            _onFull(true);
        }

        lock (_gate)
        {
            if (!_isEnded)
            {
                Monitor.Wait(_gate, _retryAfterFull);
            }
        }
    }
}
