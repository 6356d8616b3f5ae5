namespace KvStore.Core.Durability;

/// <summary>What a look at all of a store's files has shown.</summary>
public sealed record VerifyReport
{
    /// <summary>Whether there is a store at all, whole or damaged.</summary>
    public required bool IsStore { get; init; }

    /// <summary>Whether a process has the store open: then its last writes may look unfinished.</summary>
    public required bool IsInUse { get; init; }

    /// <summary>The history of its revisions; null where the file that says so is damaged or missing.</summary>
    public required string? HistoryId { get; init; }

    /// <summary>All files, by name.</summary>
    public required IReadOnlyList<VerifiedFile> Files { get; init; }

    /// <summary>Everything worth telling. A file that is missing has findings, too.</summary>
    public required IReadOnlyList<VerifyFinding> Findings { get; init; }

    /// <summary>Snapshots.</summary>
    public required int Snapshots { get; init; }

    /// <summary>Records of all snapshots that could be read.</summary>
    public required long Records { get; init; }

    /// <summary>Segments of the log.</summary>
    public required int Segments { get; init; }

    /// <summary>Changes of all segments that could be read.</summary>
    public required long Changes { get; init; }

    /// <summary>The last revision up to which everything is whole.</summary>
    public required long LastRevision { get; init; }

    /// <summary>Bytes of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Whether the store would start, with everything that was acknowledged.</summary>
    public bool IsSound => Findings.All(finding => finding.Severity != VerifySeverity.Damage);
}

/// <summary>A file that was looked at.</summary>
/// <param name="Name">Its name in the directory.</param>
/// <param name="Bytes">Its bytes.</param>
public sealed record VerifiedFile(string Name, long Bytes);

/// <summary>Something about a file.</summary>
/// <param name="Severity">How bad it is.</param>
/// <param name="File">The file's name.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="What">A sentence without its full stop.</param>
public sealed record VerifyFinding(VerifySeverity Severity, string File, long Offset, string What);

/// <summary>How bad something is.</summary>
public enum VerifySeverity
{
    /// <summary>As it may be.</summary>
    Note,

    /// <summary>What a crash left of a write that nobody was told of: the next start cuts it off.</summary>
    TornTail,

    /// <summary>Wrong, but the store does not need it.</summary>
    Warning,

    /// <summary>The store does not start.</summary>
    Damage,
}
