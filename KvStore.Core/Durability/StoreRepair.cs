using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Makes a damaged store start again, by giving up what comes after the first damage of its log.</summary>
/// <remarks>What is given up is set aside, not removed, but for 16 bytes at the damage: the log's new end. A crash at any point leaves a store that can be repaired.</remarks>
public sealed class StoreRepair
{
    /// <summary>Ends the names of files that were set aside.</summary>
    public const string SetAside = ".damaged";

    private readonly IDataDirectory _directory;

    private StoreRepair(IDataDirectory directory) => _directory = directory;

    /// <summary>Repairs the store in a directory, which nobody may have open.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>What was given up; null where nothing is damaged, and nothing was changed.</returns>
    /// <exception cref="UnrepairableException">A backup is the only help. Nothing was changed.</exception>
    /// <exception cref="DataDirectoryException">It is in use, or no store. Nothing was changed.</exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static RepairReport? Run(string path)
    {
        // Opening a directory makes what is missing of it: what is no store is not even opened.
        using (var look = new ReadOnlyDirectory(path))
        {
            new StoreRepair(look).IsIdentityWhole();
        }

        using var directory = DataDirectory.Open(path);
        return Run(directory);
    }

    /// <summary>Says what <see cref="Run(string)"/> would give up, and changes nothing. Fails as it does.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>What would be given up; null where nothing is damaged.</returns>
    public static RepairReport? Plan(string path)
    {
        using var directory = new ReadOnlyDirectory(path);
        return directory.IsInUse
            ? throw new DataDirectoryException($"{directory.Path} is in use: stop its server first.")
            : new StoreRepair(directory).Repair(isDry: true);
    }

    /// <summary>Repairs the store in a directory.</summary>
    internal static RepairReport? Run(IDataDirectory directory) => new StoreRepair(directory).Repair(isDry: false);

    private RepairReport? Repair(bool isDry)
    {
        var isIdentityWhole = IsIdentityWhole();
        var (snapshot, log, damagedSnapshots) = Choose();
        if (log.Damage is null && damagedSnapshots.Count == 0 && isIdentityWhole)
        {
            return null;
        }

        var lost = log.Damage is { } damage ? LostChanges.Find(_directory, log, damage) : default;
        List<string> givenUp = [.. damagedSnapshots.Select(LogFormat.SnapshotName), .. SegmentsAfter(log)];
        return new RepairReport(
            log.Damage?.File, log.Damage?.Offset ?? 0, log.LastRevision, lost.LastRevision, lost.Bytes, [.. givenUp.Select(name => name + SetAside)],
            snapshot is null ? null : LogFormat.SnapshotName(snapshot.Revision), isDry ? null : CarryOut(log, givenUp).ToString("n"));
    }

    /// <summary>Gives up what is to be given up.</summary>
    /// <returns>The new history's id.</returns>
    private Guid CarryOut(LogEnd log, List<string> givenUp)
    {
        // First of all: whatever is cut may have been told to someone, and its revisions are given to others.
        var historyId = Guid.NewGuid();
        StoreIdentity.Write(_directory, historyId);
        foreach (var name in givenUp)
        {
            _directory.Rename(name, name + SetAside);
        }

        _directory.SyncNames();
        if (log.Damage is { } damage)
        {
            Cut(log, damage, historyId);
        }

        _directory.SyncNames();
        return historyId;
    }

    private bool IsIdentityWhole()
    {
        try
        {
            return StoreIdentity.Find(_directory) is not null
                ? true
                : throw new DataDirectoryException($"{_directory.Path} holds no store.");
        }
        catch (StoreDamagedException)
        {
            return false;
        }
    }

    /// <summary>Finds the newest state that can be had: a whole snapshot, or none, with a log that reaches its last revision.</summary>
    private (SnapshotCheck? Snapshot, LogEnd Log, List<long> DamagedSnapshots) Choose()
    {
        var revisions = new List<long>();
        foreach (var name in _directory.List())
        {
            if (LogFormat.TryParseSnapshot(name, out var revision))
            {
                revisions.Add(revision);
            }
        }

        var unusable = new List<long>();
        for (var i = revisions.Count - 1; i >= 0; i--)
        {
            var snapshot = SnapshotCheck.Run(_directory, revisions[i]);
            var log = Read(revisions[i]);
            if (snapshot.End is { } end && log.LastRevision >= end.LastRevision)
            {
                return (snapshot, log, unusable);
            }

            // Nothing was written while it was taken: it is the store at its revision, whatever the log before that has lost.
            if (snapshot.End?.LastRevision == revisions[i])
            {
                var damage = log.Damage ?? new LogDamage(log.Segments[^1].Sequence + 1, 0, "the log ends before its snapshot");
                return (snapshot, log with { LastRevision = revisions[i], Segments = [], Damage = damage }, unusable);
            }

            unusable.Add(revisions[i]);
        }

        var whole = Read(0);
        return revisions.Count == 0 || whole.LastRevision > 0
            ? (null, whole, unusable)
            : throw new UnrepairableException(
                $"{_directory.Path} cannot be repaired: {LogFormat.SnapshotName(revisions[^1])} is of no use without what is damaged, and nothing can take its place. Restore a backup.");
    }

    private LogEnd Read(long after) => new LogReader(_directory, after, StoreVerifier.Ignore.Instance).Read();

    /// <summary>The segments after the place where the log is cut, the last first.</summary>
    private List<string> SegmentsAfter(LogEnd log)
    {
        if (log.Damage is not { } damage)
        {
            return [];
        }

        var last = log.Segments.Count > 0 ? log.Segments[^1].Sequence : damage.Sequence - 1;
        var names = SegmentFiles.List(_directory).Where(sequence => sequence > last).Select(LogFormat.SegmentName).ToList();
        names.Reverse();
        return names;
    }

    /// <summary>Ends the log where it is whole.</summary>
    private void Cut(LogEnd log, LogDamage damage, Guid historyId)
    {
        var last = log.Segments.Count > 0 ? log.Segments[^1] : null;
        if (last is null)
        {
            MakeSegment(damage.Sequence, log.LastRevision, historyId);
        }
        else if (!last.HasEnd)
        {
            RecoveryFiles.WriteEnd(_directory, last.Sequence, last.Salt, last.End, log.LastRevision);
        }
    }

    private void MakeSegment(long sequence, long revision, Guid historyId)
    {
        var salt = BitConverter.ToUInt32(historyId.ToByteArray());
        var bytes = new byte[LogFormat.HeaderBytes + LogFormat.FrameBytes];
        new SegmentHeader(LogFormat.Version, sequence, salt, historyId, IsAlways: true, CreatedAt: 0).Write(bytes.AsSpan(0, LogFormat.HeaderBytes));
        Frame.Write(bytes.AsSpan(LogFormat.HeaderBytes), salt, FrameFlags.None, revision, default);
        var name = LogFormat.SegmentName(sequence);
        if (_directory.List().Contains(name + LogFormat.Unfinished, StringComparer.Ordinal))
        {
            _directory.Delete(name + LogFormat.Unfinished);
        }

        using (var file = _directory.Create(name + LogFormat.Unfinished))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        _directory.Rename(name + LogFormat.Unfinished, name);
    }
}

/// <summary>What a repair has given up, or would.</summary>
/// <param name="File">Where the log is cut; null where it is not.</param>
/// <param name="Offset">Where in that file the damage is, in bytes.</param>
/// <param name="LastRevision">The last revision that is left.</param>
/// <param name="LastLostRevision">The greatest revision that was found after the damage; 0 where none was.</param>
/// <param name="LostBytes">Bytes of the log that are given up, as far as they can be told.</param>
/// <param name="SetAside">The files that are set aside, by their new names.</param>
/// <param name="Snapshot">The snapshot that the next start reads; null where there is none.</param>
/// <param name="HistoryId">The new history: replicas and watchers of the old one begin again. Null where nothing has been changed.</param>
public sealed record RepairReport(
    string? File, long Offset, long LastRevision, long LastLostRevision, long LostBytes, IReadOnlyList<string> SetAside, string? Snapshot, string? HistoryId);

/// <summary>A store is damaged where no repair can help. The message says what can.</summary>
public sealed class UnrepairableException(string message) : DataDirectoryException(message);
