using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

public sealed class StoreVerifierTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly LogScript _log;

    public StoreVerifierTests()
    {
        _directory = _disk.Open();
        _log = new LogScript(_directory).Store();
    }

    [Fact]
    public void A_whole_store_has_no_findings()
    {
        var store = new ShardedStore();
        store.Set("a", "1");
        store.Set("b", "2");
        DirectoryBytes.Snapshot(_directory, store);
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3").End(isClean: true).Write();

        var report = StoreVerifier.Run(_directory);

        report.Should().BeEquivalentTo(new
        {
            Findings = Array.Empty<VerifyFinding>(),
            IsSound = true,
            IsStore = true,
            IsInUse = false,
            HistoryId = LogScript.History.ToString("n"),
            Snapshots = 1,
            Records = 2L,
            Segments = 1,
            Changes = 3L,
            LastRevision = 3L,
            Bytes = DirectoryBytes.All(_directory).Values.Sum(bytes => (long)bytes.Length),
        });
    }

    [Fact]
    public void A_torn_tail_and_files_of_no_use_are_notes()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Write(cut: _log.Ends[1] - 2);
        DirectoryBytes.Put(_directory, "STORE.tmp", [1]);
        DirectoryBytes.Put(_directory, "wal-00000000000000000001.log.damaged", [1]);
        DirectoryBytes.Put(_directory, "notes.txt", [1]);

        var report = StoreVerifier.Run(_directory);

        report.IsSound.Should().BeTrue();
        report.Findings.Select(finding => (finding.Severity, finding.File)).Should().Equal(
            (VerifySeverity.TornTail, LogFormat.SegmentName(1)), (VerifySeverity.Note, "STORE.tmp"),
            (VerifySeverity.Warning, "notes.txt"), (VerifySeverity.Note, "wal-00000000000000000001.log.damaged"));
    }

    [Fact]
    public void All_that_is_damaged_is_found()
    {
        SnapshotScript.Write(_directory, 1, 1, [("a", new(1, "1", "", 0))]);
        SnapshotScript.Write(_directory, 2, 2, [("a", new(1, "1", "", 0))]);
        _disk.Damage(LogFormat.SnapshotName(1), 80);
        _disk.Damage(LogFormat.SnapshotName(2), 81);
        _log.Segment(1).Set("a", "1").Set("b", "2").End().Write();
        _disk.Damage(LogFormat.SegmentName(1), 70);
        _log.Segment(2).Set("c", "3").Set("d", "4").End().Write();
        _disk.Damage(LogFormat.SegmentName(2), _log.Ends[0] + 3);
        _log.Segment(3).Set("e", "5").Set("f", "6").End(isClean: true).Write();
        _disk.Damage(LogFormat.SegmentName(3), 70);
        _disk.Damage("STORE", 12);

        var report = StoreVerifier.Run(_directory);

        report.IsSound.Should().BeFalse();
        report.Findings.Select(finding => (finding.Severity, finding.File, finding.Offset)).Should().Equal(
            (VerifySeverity.Warning, LogFormat.SnapshotName(1), 64),
            (VerifySeverity.Damage, LogFormat.SnapshotName(2), 64),
            (VerifySeverity.Damage, "STORE", 0),
            (VerifySeverity.Damage, LogFormat.SegmentName(2), _log.Ends[0]),
            (VerifySeverity.Warning, LogFormat.SegmentName(1), 64),
            (VerifySeverity.Damage, LogFormat.SegmentName(3), 64));
    }

    [Fact]
    public void A_log_that_is_too_short_for_its_snapshot_is_damage()
    {
        SnapshotScript.Write(_directory, revision: 1, lastRevision: 3, []);
        _log.Segment(1).Set("a", "1").Set("b", "2").Write();

        StoreVerifier.Run(_directory).Findings.Should().ContainSingle().Which.What.Should().Be("it needs the log up to revision 3, which ends with revision 2");
    }

    [Fact]
    public void A_directory_without_a_store_is_told()
    {
        using var empty = new SimulatedDisk().Open();

        var report = StoreVerifier.Run(empty);

        report.IsStore.Should().BeFalse();
        report.Findings.Should().ContainSingle().Which.What.Should().Be("there is no store in this directory");
    }

    [Fact]
    public void A_verification_finds_damage_exactly_where_a_recovery_does()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Synced().Set("c", "3", more: true).Set("d", "4").Synced().Set("e", "5").Write(length: 0);
        var files = DirectoryBytes.All(_directory);
        var name = LogFormat.SegmentName(1);
        for (var offset = 0; offset < files[name].Length; offset++)
        {
            var damaged = (byte[])files[name].Clone();
            damaged[offset] ^= 0x55;
            using var directory = DirectoryBytes.With(new Dictionary<string, byte[]>(files, StringComparer.Ordinal) { [name] = damaged });

            var report = StoreVerifier.Run(directory);

            try
            {
                DirectoryBytes.Recover(directory).Result.LastRevision.Should().Be(report.LastRevision);
                report.IsSound.Should().BeTrue();
            }
            catch (StoreDamagedException exception)
            {
                report.Findings.Should().Contain(new VerifyFinding(VerifySeverity.Damage, exception.File, exception.Offset, exception.What));
            }
        }
    }

    [Fact]
    public void A_store_on_a_real_disk_is_verified_beside_its_owner()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (var directory = DataDirectory.Open(path))
            {
                new LogScript(directory).Store().Segment(1).Set("a", "1").End(isClean: true).Write();

                StoreVerifier.Run(path).Should().BeEquivalentTo(new { IsInUse = true, IsSound = true, LastRevision = 1L });
            }

            StoreVerifier.Run(path).Should().BeEquivalentTo(new { IsInUse = false, IsSound = true, LastRevision = 1L });
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
