using System.Runtime.InteropServices;

namespace KvStore.Core.Durability;

/// <summary>How a durable store goes.</summary>
/// <param name="IsRecovering">Whether it is still being brought back, and cannot be used.</param>
/// <param name="Phase">What is being done for that.</param>
/// <param name="RecoveryPercent">How much of that is done, from 0 to 100.</param>
/// <param name="RecoveredRecords">Records and changes read so far.</param>
/// <param name="RecordsPerSecond">Records and changes read in a second.</param>
/// <param name="IsFull">Whether the disk has no room for more writes.</param>
/// <param name="Failure">Why it takes no more writes until it is started again; null while it does.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DurabilityStatus(
    bool IsRecovering, RecoveryPhase Phase, double RecoveryPercent, long RecoveredRecords, double RecordsPerSecond, bool IsFull, string? Failure);

/// <summary>What a durable store has on its disk.</summary>
/// <param name="DurableRevision">The revision up to which every write survives a power cut.</param>
/// <param name="UnsyncedRecords">Changes after it: written, or about to be, and not on the disk for certain.</param>
/// <param name="LogBytes">Bytes of the segments that have ended.</param>
/// <param name="Segments">How many those are.</param>
/// <param name="BytesWritten">Bytes written to the log since the start.</param>
/// <param name="SnapshotLogBytes">Bytes of log after which the next snapshot is taken.</param>
/// <param name="LastSnapshot">The newest snapshot; null where there is none.</param>
/// <param name="RecoveredRecords">Records and changes that the start has read.</param>
/// <param name="RecoveryDuration">How long that took.</param>
public sealed record DurabilityStatistics(
    long DurableRevision,
    long UnsyncedRecords,
    long LogBytes,
    int Segments,
    long BytesWritten,
    long SnapshotLogBytes,
    SnapshotSummary? LastSnapshot,
    long RecoveredRecords,
    TimeSpan RecoveryDuration);

/// <summary>What a start has found.</summary>
/// <param name="LastRevision">The last revision.</param>
/// <param name="HistoryId">The history that revisions belong to.</param>
/// <param name="IsHistoryNew">Whether that is new, as revisions may have been lost that someone has seen.</param>
/// <param name="Records">Records and changes that were read.</param>
/// <param name="TornTail">What was cut off the log's end; null where nothing was.</param>
/// <param name="Duration">How long it took.</param>
public sealed record RecoverySummary(
    long LastRevision, string HistoryId, bool IsHistoryNew, long Records, string? TornTail, TimeSpan Duration);

/// <summary>A snapshot.</summary>
/// <param name="Name">The file's name in the directory.</param>
/// <param name="Revision">Every change up to this one is in it.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Records">How many records it has; 0 where it was there at the start.</param>
/// <param name="TakenAt">When, Unix milliseconds.</param>
/// <param name="Duration">How long it took; zero where it was there at the start.</param>
public sealed record SnapshotSummary(string Name, long Revision, long Bytes, long Records, long TakenAt, TimeSpan Duration = default);
