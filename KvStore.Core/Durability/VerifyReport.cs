namespace KvStore.Core.Durability;

/// <summary>What a look at all of a store's files has shown.</summary>
/// <param name="Findings">Everything worth telling, file by file.</param>
/// <param name="IsInUse">Whether a process has the store open: then its last writes may look unfinished, and files may have gone meanwhile.</param>
/// <param name="Snapshots">Snapshots.</param>
/// <param name="Records">Records of all snapshots that could be read.</param>
/// <param name="Segments">Segments of the log.</param>
/// <param name="Changes">Changes of all segments that could be read.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="LastRevision">The last revision up to which everything is whole.</param>
public sealed record VerifyReport(
    IReadOnlyList<VerifyFinding> Findings, bool IsInUse, int Snapshots, long Records, int Segments, long Changes, long Bytes, long LastRevision)
{
    /// <summary>Whether the store would start, with everything that was acknowledged.</summary>
    public bool IsSound => Findings.All(finding => finding.Severity != VerifySeverity.Damage);
}

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

    /// <summary>Wrong, but the store does not need it.</summary>
    Warning,

    /// <summary>The store does not start.</summary>
    Damage,
}
