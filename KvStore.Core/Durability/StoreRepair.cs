using System.Globalization;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Makes a damaged store start again, by giving up what comes after the first damage of its log.</summary>
/// <remarks>What is given up is set aside, not removed, but for 16 bytes at the damage: the log's new end. A crash at any point leaves a store that can be repaired.</remarks>
public sealed class StoreRepair
{
    /// <summary>Ends the names of files that were set aside.</summary>
    public const string SetAside = ".damaged";

    private readonly IDataDirectory _directory;
    private readonly List<string> _setAside = [];

    private StoreRepair(IDataDirectory directory) => _directory = directory;

    /// <summary>Repairs the store in a directory, which nobody may have open.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>What was given up; null where nothing is damaged, and nothing was changed.</returns>
    /// <exception cref="DataDirectoryException">It is in use, or no store; or a backup is the only help. Nothing was changed.</exception>
    /// <exception cref="IOException">A file could not be read or written.</exception>
    public static RepairReport? Run(string path)
    {
        using var directory = DataDirectory.Open(path);
        return Run(directory);
    }

    /// <summary>Repairs the store in a directory.</summary>
    internal static RepairReport? Run(IDataDirectory directory) => new StoreRepair(directory).Repair();

    private RepairReport? Repair()
    {
        var isIdentityWhole = IsIdentityWhole();
        var (snapshot, log, damagedSnapshots) = Choose();
        if (log.Damage is null && damagedSnapshots.Count == 0 && isIdentityWhole)
        {
            return null;
        }

        // First of all: whatever is cut may have been told to someone, and its revisions are given to others.
        var historyId = Guid.NewGuid();
        StoreIdentity.Write(_directory, historyId);
        foreach (var damaged in damagedSnapshots)
        {
            PutAside(LogFormat.SnapshotName(damaged));
        }

        var lost = log.Damage is { } damage ? Cut(log, damage, historyId) : default;
        _directory.SyncNames();
        return new RepairReport(
            log.Damage?.File, log.Damage?.Offset ?? 0, log.LastRevision, lost.LastRevision, lost.Bytes, _setAside,
            snapshot is null ? null : LogFormat.SnapshotName(snapshot.Revision), historyId.ToString("n"));
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

            unusable.Add(revisions[i]);
        }

        var whole = Read(0);
        return revisions.Count == 0 || whole.LastRevision > 0
            ? (null, whole, unusable)
            : throw new DataDirectoryException(
                $"{_directory.Path} cannot be repaired: {LogFormat.SnapshotName(revisions[^1])} is of no use without what is damaged, and nothing can take its place. Restore a backup.");
    }

    private LogEnd Read(long after) => new LogReader(_directory, after, StoreVerifier.Ignore.Instance).Read();

    /// <summary>Ends the log where it is whole, and sets aside what comes after that.</summary>
    private LostChanges Cut(LogEnd log, LogDamage damage, Guid historyId)
    {
        var last = log.Segments.Count > 0 ? log.Segments[^1] : null;
        var lost = LostChanges.Find(_directory, log, damage);
        var sequences = SegmentFiles.List(_directory);
        for (var i = sequences.Count - 1; i >= 0 && sequences[i] > (last?.Sequence ?? damage.Sequence - 1); i--)
        {
            PutAside(LogFormat.SegmentName(sequences[i]));
        }

        _directory.SyncNames();
        if (last is null)
        {
            MakeSegment(damage.Sequence, log.LastRevision, historyId);
        }
        else if (!last.HasEnd)
        {
            RecoveryFiles.WriteEnd(_directory, last.Sequence, last.Salt, last.End, log.LastRevision);
        }

        return lost;
    }

    private void MakeSegment(long sequence, long revision, Guid historyId)
    {
        var salt = BitConverter.ToUInt32(historyId.ToByteArray());
        var bytes = new byte[LogFormat.HeaderBytes + LogFormat.FrameBytes];
        new SegmentHeader(LogFormat.Version, sequence, salt, historyId, IsAlways: true, CreatedAt: 0).Write(bytes.AsSpan(0, LogFormat.HeaderBytes));
        Frame.Write(bytes.AsSpan(LogFormat.HeaderBytes), salt, FrameFlags.None, revision, default);
        var name = LogFormat.SegmentName(sequence);
        using (var file = _directory.Create(name + LogFormat.Unfinished))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        _directory.Rename(name + LogFormat.Unfinished, name);
    }

    private void PutAside(string name)
    {
        _directory.Rename(name, name + SetAside);
        _setAside.Add(name + SetAside);
    }
}

/// <summary>What a repair has given up.</summary>
/// <param name="File">Where the log was cut; null where it was not.</param>
/// <param name="Offset">Where in that file the damage is, in bytes.</param>
/// <param name="LastRevision">The last revision that is left.</param>
/// <param name="LastLostRevision">The greatest revision that was found after the damage; 0 where none was.</param>
/// <param name="LostBytes">Bytes of the log that were given up, as far as they can be told.</param>
/// <param name="SetAside">The files that were set aside.</param>
/// <param name="Snapshot">The snapshot that the next start reads; null where there is none.</param>
/// <param name="HistoryId">The new history: replicas and watchers of the old one begin again.</param>
public sealed record RepairReport(
    string? File, long Offset, long LastRevision, long LastLostRevision, long LostBytes, IReadOnlyList<string> SetAside, string? Snapshot, string HistoryId)
{
    /// <summary>Says it in one line.</summary>
    public override string ToString() => File is null
        ? string.Create(CultureInfo.InvariantCulture, $"Nothing of the log was cut: it goes to revision {LastRevision}.")
        : string.Create(CultureInfo.InvariantCulture, $"The log was cut at byte {Offset} of {File}, after revision {LastRevision}: ")
            + (LastLostRevision > 0
                ? string.Create(CultureInfo.InvariantCulture, $"revisions {LastRevision + 1} to {LastLostRevision} are lost, {LostBytes} bytes.")
                : "no change was found after it.");
}
