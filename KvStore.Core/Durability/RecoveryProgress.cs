using System.Diagnostics;

namespace KvStore.Core.Durability;

/// <summary>How far a recovery has come.</summary>
/// <remarks>Written by the recovery's threads, and safe to read from any.</remarks>
internal sealed class RecoveryProgress
{
    private long _startedAt = Stopwatch.GetTimestamp();
    private int _phase;
    private long _bytes;
    private long _bytesTotal;
    private long _records;

    /// <summary>What it is doing.</summary>
    public RecoveryPhase Phase => (RecoveryPhase)Volatile.Read(ref _phase);

    /// <summary>Records and changes read so far.</summary>
    public long Records => Interlocked.Read(ref _records);

    /// <summary>How much of the files has been read, from 0 to 100.</summary>
    public double Percent
    {
        get
        {
            var total = Interlocked.Read(ref _bytesTotal);
            return Phase == RecoveryPhase.Done ? 100 : total == 0 ? 0 : Math.Min(100, 100.0 * Interlocked.Read(ref _bytes) / total);
        }
    }

    /// <summary>Records and changes read in a second, since the beginning.</summary>
    public double RecordsPerSecond
    {
        get
        {
            var seconds = Stopwatch.GetElapsedTime(Interlocked.Read(ref _startedAt)).TotalSeconds;
            return seconds > 0 ? Records / seconds : 0;
        }
    }

    /// <summary>Begins to count.</summary>
    /// <param name="bytesTotal">Bytes of all files that are to be read.</param>
    public void Start(long bytesTotal)
    {
        Interlocked.Exchange(ref _startedAt, Stopwatch.GetTimestamp());
        Interlocked.Exchange(ref _bytesTotal, bytesTotal);
    }

    /// <summary>Goes on to another phase.</summary>
    public void Enter(RecoveryPhase phase) => Volatile.Write(ref _phase, (int)phase);

    /// <summary>Counts what has been read.</summary>
    public void Add(long bytes, long records)
    {
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _records, records);
    }
}

/// <summary>What a recovery does, in this order.</summary>
public enum RecoveryPhase
{
    /// <summary>Looks which files there are.</summary>
    Files,

    /// <summary>Reads the snapshot.</summary>
    Snapshot,

    /// <summary>Reads the log.</summary>
    Log,

    /// <summary>Builds the index.</summary>
    Index,

    /// <summary>Reads the last changes once more, for watchers.</summary>
    Window,

    /// <summary>The store is as it was.</summary>
    Done,
}
