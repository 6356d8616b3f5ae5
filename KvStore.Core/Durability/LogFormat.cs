namespace KvStore.Core.Durability;

/// <summary>The names, numbers and widths of everything in a data directory, for those who write it and those who read it: docs/wal-format.md,
/// docs/snapshot-format.md.</summary>
/// <remarks>All numbers in files are little-endian.</remarks>
internal static class LogFormat
{
    /// <summary>The version that this code writes, and the newest that it reads.</summary>
    public const uint Version = 1;

    /// <summary>The file that says whose directory it is: its version and its history.</summary>
    public const string IdentityName = "STORE";

    /// <summary>The file whose lock says that the directory is in use.</summary>
    public const string LockName = Files.FileNames.Lock;

    /// <summary>Ends the names of files that are not finished yet. Whatever has it is of no use after a crash.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Bytes before the first frame of a segment, and before the first block of a snapshot.</summary>
    public const int HeaderBytes = 64;

    /// <summary>Bytes of a frame beside its change.</summary>
    public const int FrameBytes = 16;

    /// <summary>Bytes of a block of a snapshot beside its entries.</summary>
    public const int BlockBytes = 12;

    /// <summary>Bytes of an entry of a snapshot beside its key and its record.</summary>
    public const int EntryBytes = 8;

    /// <summary>Bytes of entries after which a block ends: a longer entry has a block of its own.</summary>
    public const int FullBlockBytes = 64 * 1_024;

    /// <summary>The most bytes that any frame's change, or any block, may say it has: more is damage.</summary>
    public const int MostBytes = (1 << 28) - 1;

    private const string SegmentPrefix = "wal-";
    private const string SegmentSuffix = ".log";
    private const string SnapshotPrefix = "snapshot-";
    private const string SnapshotSuffix = ".snap";
    private const string NumberFormat = "D20";

    /// <summary>What a segment begins with.</summary>
    public static ReadOnlySpan<byte> SegmentMagic => "KVSTLOG\0"u8;

    /// <summary>What a snapshot begins with.</summary>
    public static ReadOnlySpan<byte> SnapshotMagic => "KVSTSNAP"u8;

    /// <summary>The name of the segment with a number, from 1.</summary>
    public static string SegmentName(long sequence) =>
        SegmentPrefix + sequence.ToString(NumberFormat, null) + SegmentSuffix;

    /// <summary>The name of the snapshot that holds every change up to a revision.</summary>
    public static string SnapshotName(long revision) =>
        SnapshotPrefix + revision.ToString(NumberFormat, null) + SnapshotSuffix;

    /// <summary>The number of a segment, by its name.</summary>
    public static bool TryParseSegment(string name, out long sequence) => TryParse(name, SegmentPrefix, SegmentSuffix, out sequence);

    /// <summary>The revision of a snapshot, by its name.</summary>
    public static bool TryParseSnapshot(string name, out long revision) => TryParse(name, SnapshotPrefix, SnapshotSuffix, out revision);

    /// <summary>Whether a name is that of a file of a store, finished.</summary>
    public static bool IsFinished(string name) => name == IdentityName || TryParseSegment(name, out _) || TryParseSnapshot(name, out _);

    /// <summary>Whether a name is that of a file of a store which is not finished, or not in use. Others may end their names likewise.</summary>
    public static bool IsUnfinished(string name) => name.EndsWith(Unfinished, StringComparison.Ordinal) && IsFinished(name[..^Unfinished.Length]);

    /// <summary>Whether a name may be in a directory that has no store yet: what an interrupted making leaves, and what file systems put there.</summary>
    public static bool IsOwnName(string name) =>
        name is LockName or "lost+found" || IsFinished(name) || IsUnfinished(name);

    private static bool TryParse(string name, string prefix, string suffix, out long number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && name.EndsWith(suffix, StringComparison.Ordinal)
            && name.Length == prefix.Length + 20 + suffix.Length
            && long.TryParse(name.AsSpan(prefix.Length, 20), System.Globalization.NumberStyles.None, null, out number);
    }
}
