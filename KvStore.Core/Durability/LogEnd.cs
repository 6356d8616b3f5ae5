namespace KvStore.Core.Durability;

/// <summary>Is given the changes of a log in order.</summary>
internal interface ILogSink
{
    /// <summary>Takes a change, which counts when <see cref="Commit"/> is called: of an atomic batch there may be no more.</summary>
    /// <param name="revision">Its revision.</param>
    /// <param name="change">The change, until the call returns.</param>
    void Add(long revision, in LoggedChange change);

    /// <summary>Says that what was added is whole.</summary>
    void Commit();
}

/// <summary>What a log was found to be.</summary>
/// <remarks>Where it is damaged, the rest tells of the whole changes before the damage.</remarks>
internal sealed record LogEnd
{
    /// <summary>The last revision that is whole; that of the snapshot where the log has none after it.</summary>
    public required long LastRevision { get; init; }

    /// <summary>The latest time of any change, Unix milliseconds; 0 where there is none.</summary>
    public required long LatestTime { get; init; }

    /// <summary>Changes that were read.</summary>
    public required long Changes { get; init; }

    /// <summary>Whether the process that wrote the last segment stopped in good order.</summary>
    public required bool IsCleanStop { get; init; }

    /// <summary>Whether the last segment was written so that no revision was told to anyone before it was synced.</summary>
    public required bool IsAlways { get; init; }

    /// <summary>The segments that are needed or come after those, in order.</summary>
    public required IReadOnlyList<ReadSegment> Segments { get; init; }

    /// <summary>What is cut off; null where nothing is.</summary>
    public TornTail? TornTail { get; init; }

    /// <summary>The first damage; null where there is none.</summary>
    public LogDamage? Damage { get; init; }
}

/// <summary>A segment that was read.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Salt">Its salt.</param>
/// <param name="LastRevision">The last revision in it or before it.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="End">Where its last whole change ends, in bytes: where its end is, or has to be written.</param>
/// <param name="HasEnd">Whether its end is there.</param>
/// <param name="IsUsed">Whether anything was ever written to it after its header.</param>
/// <param name="Synced">Up to where it is known to be on the disk itself, in bytes: a frame says so that comes after it.</param>
internal sealed record ReadSegment(long Sequence, uint Salt, long LastRevision, long Bytes, long End, bool HasEnd, bool IsUsed, long Synced)
{
    /// <summary>Its name.</summary>
    public string Name => LogFormat.SegmentName(Sequence);
}

/// <summary>Where a log is damaged.</summary>
/// <param name="Sequence">The segment's number.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="What">What is wrong: a sentence without its full stop.</param>
internal sealed record LogDamage(long Sequence, long Offset, string What)
{
    /// <summary>The segment's name.</summary>
    public string File => LogFormat.SegmentName(Sequence);
}
