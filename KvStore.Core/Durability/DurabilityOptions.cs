namespace KvStore.Core.Durability;

/// <summary>When a write is synced.</summary>
public enum SyncMode
{
    /// <summary>Before it is acknowledged, read by anyone, or told to a watcher.</summary>
    Always,

    /// <summary>Once in an interval: a power cut may take the writes of the last one. A kill takes those of the last few milliseconds.</summary>
    Interval,

    /// <summary>When the system sees fit, and when a segment ends.</summary>
    Never,
}

/// <summary>How a store is kept on a disk.</summary>
public sealed record DurabilityOptions
{
    /// <summary>When writes are synced.</summary>
    public SyncMode Sync { get; init; } = SyncMode.Always;

    /// <summary>The interval of <see cref="SyncMode.Interval"/>.</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of a segment of the log, from 64 KiB to 1 GiB; made larger where the largest atomic batch would not fit.</summary>
    public int SegmentBytes { get; init; } = 64 * 1_024 * 1_024;

    /// <summary>Bytes of log after which a snapshot is taken; a snapshot that was longer counts instead.</summary>
    public long SnapshotLogBytes { get; init; } = 256L * 1_024 * 1_024;

    /// <summary>The most bytes a second that a snapshot writes; 0 = as many as it can.</summary>
    public long SnapshotBytesPerSecond { get; init; }

    /// <summary>How long after a full disk it is tried again.</summary>
    public TimeSpan RetryAfterFull { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Is told what becomes of a store's files. Called by the threads that write them: it must be quick, and must not fail.</summary>
public interface IDurabilityObserver
{
    /// <summary>A sync has ended well.</summary>
    /// <param name="duration">How long it took.</param>
    /// <param name="changes">Changes that it made durable.</param>
    /// <param name="bytes">Bytes that were written for them.</param>
    void Synced(TimeSpan duration, long changes, long bytes);

    /// <summary>The disk has become full, so that writes are refused; or there is room again.</summary>
    void SpaceChanged(bool isFull);

    /// <summary>The disk has failed: the store takes no more writes.</summary>
    void Failed(Exception exception);
}
