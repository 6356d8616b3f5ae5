using System.Globalization;

namespace KvStore.Core.Durability;

/// <summary>What a recovery found, and what whoever goes on writing has to know.</summary>
/// <param name="HistoryId">The history that revisions belong to from now on.</param>
/// <param name="IsHistoryNew">Whether it was renewed, as revisions may have been lost that someone has seen.</param>
/// <param name="LastRevision">The last revision; 0 where there is none.</param>
/// <param name="LatestTime">The latest time that the store's clock is known to have shown, Unix milliseconds: it must not go back behind it. 0 where none is known.</param>
/// <param name="NextSequence">The number of the segment to go on in.</param>
/// <param name="Segments">The segments that there are, in their order. None of them is written to again.</param>
/// <param name="Snapshot">The snapshot that was read; null where there was none.</param>
/// <param name="Records">Records and changes that were read.</param>
/// <param name="TornTail">What was cut off the log's end; null where nothing was.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record RecoveryResult(
    Guid HistoryId,
    bool IsHistoryNew,
    long LastRevision,
    long LatestTime,
    long NextSequence,
    IReadOnlyList<KeptSegment> Segments,
    KeptSnapshot? Snapshot,
    long Records,
    TornTail? TornTail,
    TimeSpan Duration);

/// <summary>A segment that goes when a snapshot holds all its changes.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="LastRevision">The last revision in it or before it.</param>
/// <param name="Bytes">Bytes of the file.</param>
internal sealed record KeptSegment(long Sequence, long LastRevision, long Bytes);

/// <summary>A whole snapshot.</summary>
/// <param name="Revision">Every change up to this one is in it.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="TakenAt">When it was begun, Unix milliseconds.</param>
internal sealed record KeptSnapshot(long Revision, long Bytes, long TakenAt = 0);

/// <summary>What a crash left of a write that was not acknowledged.</summary>
/// <param name="File">The segment's name.</param>
/// <param name="Offset">Where the log was cut, in bytes.</param>
/// <param name="Bytes">How many bytes of unfinished writes were found from there.</param>
internal sealed record TornTail(string File, long Offset, long Bytes)
{
    /// <summary>The same in words.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bytes} bytes of {File} from byte {Offset} on");
}
