using System.Globalization;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Reads every file of a store, and says what is wrong with any. Changes nothing.</summary>
public sealed class StoreVerifier
{
    // So often a store in use is looked at before damage is believed that was never found twice.
    private const int Looks = 4;

    private readonly IDataDirectory _directory;
    private readonly bool _isInUse;
    private readonly CancellationToken _cancellation;
    private readonly List<VerifyFinding> _findings = [];
    private readonly List<VerifiedFile> _files = [];
    private string? _historyId;
    private long _records;
    private long _changes;
    private long _lastRevision;

    private StoreVerifier(IDataDirectory directory, bool isInUse, CancellationToken cancellation) =>
        (_directory, _isInUse, _cancellation) = (directory, isInUse, cancellation);

    /// <summary>Looks at the store in a directory, in use or not.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="progress">Is told how many bytes have been read so far; null for nobody.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <remarks>Whoever has it open goes on: files come and go between two looks at them, and what is missed then looks like damage, but never twice at
    /// one place. So damage of a store in use counts when it is found again.</remarks>
    /// <exception cref="DataDirectoryException">It belongs to something else, or is of a newer version.</exception>
    /// <exception cref="IOException">A file could not be read.</exception>
    public static VerifyReport Run(string path, Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var directory = new ReadOnlyDirectory(path, read =>
        {
            // At every read: a few thousand long changes take a while.
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(read);
        });
        VerifyReport? before = null;
        for (var look = 1; ; look++)
        {
            try
            {
                var report = Run(directory, directory.IsInUse, cancellationToken);
                if (report.IsSound || !report.IsInUse || look == Looks || IsFoundAgain(before, report))
                {
                    return report;
                }

                before = report;
            }
            catch (IOException error) when (error is not DataDirectoryException && look < Looks && directory.IsInUse)
            {
                // A file has gone since it was listed.
            }
        }
    }

    /// <summary>Looks at the store in a directory.</summary>
    internal static VerifyReport Run(IDataDirectory directory, bool isInUse = false, CancellationToken cancellationToken = default) =>
        new StoreVerifier(directory, isInUse, cancellationToken).Run();

    private VerifyReport Run()
    {
        var sequences = SegmentFiles.List(_directory);
        var snapshots = CheckSnapshots();
        var isStore = CheckIdentity();
        if (isStore)
        {
            CheckLog(sequences, snapshots.Count > 0 ? snapshots[^1] : null);
        }

        CheckOthers();
        return new VerifyReport
        {
            IsStore = isStore,
            IsInUse = _isInUse,
            HistoryId = _historyId,
            Files = _files,
            Findings = _findings,
            Snapshots = snapshots.Count,
            Records = _records,
            Segments = sequences.Count,
            Changes = _changes,
            LastRevision = _lastRevision,
        };
    }

    private static bool IsFoundAgain(VerifyReport? before, VerifyReport report) => before is not null
        && report.Findings.Any(finding => finding.Severity == VerifySeverity.Damage && before.Findings.Contains(finding));

    private bool CheckIdentity()
    {
        try
        {
            if (StoreIdentity.Find(_directory) is { } identity)
            {
                _historyId = identity.HistoryId.ToString("n");
                return true;
            }

            Find(VerifySeverity.Note, LogFormat.IdentityName, 0, "there is no store in this directory");
            return false;
        }
        catch (StoreDamagedException exception)
        {
            Find(VerifySeverity.Damage, exception.File, exception.Offset, exception.What);
            return true;
        }
    }

    private List<SnapshotCheck> CheckSnapshots()
    {
        var checks = new List<SnapshotCheck>();
        foreach (var name in _directory.List())
        {
            if (LogFormat.TryParseSnapshot(name, out var revision))
            {
                checks.Add(SnapshotCheck.Run(_directory, revision, _cancellation));
            }
        }

        foreach (var check in checks)
        {
            _records += check.Entries;
            if (check.Fault is not null)
            {
                Find(check == checks[^1] ? VerifySeverity.Damage : VerifySeverity.Warning, LogFormat.SnapshotName(check.Revision), check.Offset, check.Fault);
            }
        }

        return checks;
    }

    private void CheckLog(List<long> sequences, SnapshotCheck? snapshot)
    {
        var log = new LogReader(_directory, snapshot?.Revision ?? 0, Ignore.Instance, cancellationToken: _cancellation).Read();
        _changes += log.Changes;
        _lastRevision = log.LastRevision;
        if (log.Damage is { } damage)
        {
            Find(VerifySeverity.Damage, damage.File, damage.Offset, damage.What);
        }

        if (log.TornTail is { } torn)
        {
            Find(VerifySeverity.TornTail, torn.File, torn.Offset, Say($"a write of {torn.Bytes} bytes is unfinished; the next start cuts it off"));
        }

        if (snapshot?.End is { } end && log.LastRevision < end.LastRevision)
        {
            Find(VerifySeverity.Damage, LogFormat.SnapshotName(snapshot.Revision), 0, Say(
                $"it needs the log up to revision {end.LastRevision}, which ends with revision {log.LastRevision}"));
        }

        var (first, last) = log.Segments.Count > 0 ? (log.Segments[0].Sequence, log.Segments[^1].Sequence) : (long.MaxValue, long.MaxValue);
        foreach (var sequence in sequences)
        {
            if (sequence < first || sequence > last)
            {
                CheckAlone(sequence, log.Damage is not null && sequence > last ? VerifySeverity.Damage : VerifySeverity.Warning);
            }
        }
    }

    /// <summary>Checks a segment that is not needed, or that comes after damage.</summary>
    private void CheckAlone(long sequence, VerifySeverity severity)
    {
        var name = LogFormat.SegmentName(sequence);
        using var segment = SegmentReader.TryOpen(_directory, sequence);
        if (segment is null)
        {
            Find(severity, name, 0, SegmentReader.WrongHeader);
            return;
        }

        var next = 0L;
        while (segment.TryRead(next, out var frame, out var change))
        {
            if (change.IsEmpty)
            {
                return;
            }

            _changes++;
            next = frame.Revision + 1;
        }

        var scan = FrameScan.Run(segment, segment.Offset + 1, Math.Max(0, next - 1), cancellationToken: _cancellation);
        if (scan.Frames > 0)
        {
            Find(severity, name, segment.Offset, Say($"what is there fits nothing, and {scan.Frames} whole frames come after it"));
        }
    }

    private void CheckOthers()
    {
        foreach (var name in _directory.List())
        {
            using var file = _directory.OpenRead(name);
            _files.Add(new VerifiedFile(name, file.Length));
            if (LogFormat.IsUnfinished(name))
            {
                Find(VerifySeverity.Note, name, 0, "it is not finished, or not in use");
            }
            else if (name.EndsWith(StoreRepair.SetAside, StringComparison.Ordinal))
            {
                Find(VerifySeverity.Note, name, 0, "a repair has set it aside");
            }
            else if (!LogFormat.IsFinished(name))
            {
                Find(VerifySeverity.Warning, name, 0, "it is none of KvStore's files");
            }
        }
    }

    private void Find(VerifySeverity severity, string file, long offset, string what) => _findings.Add(new VerifyFinding(severity, file, offset, what));

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Takes changes that are only checked.</summary>
    internal sealed class Ignore : ILogSink
    {
        public static readonly Ignore Instance = new();

        public void Add(long revision, in LoggedChange change)
        {
            // Being read is all.
        }

        public void Commit()
        {
            // As above.
        }
    }
}
