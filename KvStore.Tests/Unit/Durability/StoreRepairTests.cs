using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

public sealed class StoreRepairTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly LogScript _log;

    public StoreRepairTests()
    {
        _directory = _disk.Open();
        _log = new LogScript(_directory).Store();
    }

    [Fact]
    public void A_whole_store_is_left_as_it_is()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Write(cut: _log.Ends[1] - 1);
        var before = DirectoryBytes.All(_directory);

        StoreRepair.Run(_directory).Should().BeNull("a torn tail is no damage");

        DirectoryBytes.All(_directory).Should().BeEquivalentTo(before);
    }

    [Fact]
    public void The_log_is_cut_at_the_first_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2", more: true).Set("c", "3").Set("d", "4").End().Write();
        var (cut, lost) = (_log.Ends[0], _log.Ends[4] - _log.Ends[0]);
        _disk.Damage(LogFormat.SegmentName(1), _log.Ends[1] + 2);
        _log.Segment(2).Set("e", "5").End(isClean: true).Write();
        lost += _log.Ends[1] - LogFormat.HeaderBytes;

        var report = StoreRepair.Run(_directory)!;

        report.Should().BeEquivalentTo(new
        {
            File = LogFormat.SegmentName(1),
            LastRevision = 1L,
            LastLostRevision = 5L,
            LostBytes = (long)lost,
            SetAside = new[] { LogFormat.SegmentName(2) + ".damaged" },
            Snapshot = (string?)null,
        });
        var (store, result) = DirectoryBytes.Recover(_directory);
        DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[1]);
        result.Should().BeEquivalentTo(new { LastRevision = 1L, HistoryId = Guid.Parse(report.HistoryId!), TornTail = (object?)null });
        report.HistoryId.Should().NotBe(LogScript.History.ToString("n"));
        cut.Should().BePositive();
    }

    [Theory]
    [InlineData("header")]
    [InlineData("missing")]
    public void A_segment_that_is_lost_ends_the_log_before_it(string fault)
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2).Set("b", "2").End().Write();
        _log.Segment(3).Set("c", "3").End().Write();
        if (fault == "header")
        {
            _disk.Damage(LogFormat.SegmentName(2), 20);
        }
        else
        {
            _directory.Delete(LogFormat.SegmentName(2));
        }

        StoreRepair.Run(_directory)!.LastLostRevision.Should().Be(3);

        DirectoryBytes.Content(DirectoryBytes.Recover(_directory).Store).Should().BeEquivalentTo(_log.States[1]);
    }

    [Fact]
    public void A_store_whose_only_segment_is_lost_gets_a_new_one()
    {
        SnapshotScript.Write(_directory, revision: 4, lastRevision: 4, [("a", new(4, "4", "", 0))]);
        _log.Skip(4).Segment(7).Set("b", "5").Write();
        _disk.Damage(LogFormat.SegmentName(7), 20);

        StoreRepair.Run(_directory)!.Snapshot.Should().Be(LogFormat.SnapshotName(4));

        var (store, result) = DirectoryBytes.Recover(_directory);
        (result.LastRevision, result.NextSequence).Should().Be((4, 8));
        store.Get("a").Revision.Should().Be(4);
    }

    [Fact]
    public void A_snapshot_that_is_the_store_at_its_revision_outlives_damage_to_the_log_before_it()
    {
        SnapshotScript.Write(_directory, revision: 3, lastRevision: 3, [("a", new(3, "3", "", 0)), ("b", new(2, "2", "", 0))]);
        _log.Segment(1).End().Write();
        _log.Segment(2).Set("a", "1").Set("b", "2").Set("a", "3").Synced().Set("c", "4").End(isClean: true).Write();
        _disk.Damage(LogFormat.SegmentName(2), _log.Ends[0] + 3);

        var report = StoreRepair.Run(_directory)!;

        report.Should().BeEquivalentTo(new
        {
            File = LogFormat.SegmentName(2),
            LastRevision = 3L,
            LastLostRevision = 4L,
            SetAside = new[] { LogFormat.SegmentName(2) + ".damaged" },
            Snapshot = LogFormat.SnapshotName(3),
        });
        DirectoryBytes.Content(DirectoryBytes.Recover(_directory).Store).Should().BeEquivalentTo(_log.States[3]);
        StoreVerifier.Run(_directory).IsSound.Should().BeTrue();
    }

    [Fact]
    public void A_damaged_snapshot_gives_way_to_an_older_one_with_its_log()
    {
        SnapshotScript.Write(_directory, revision: 1, lastRevision: 1, [("a", new(1, "1", "", 0))]);
        SnapshotScript.Write(_directory, revision: 3, lastRevision: 3, [("a", new(3, "3", "", 0)), ("b", new(2, "2", "", 0))]);
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("a", "3").Set("c", "4").End(isClean: true).Write();
        _disk.Damage(LogFormat.SnapshotName(3), 90);

        var report = StoreRepair.Run(_directory)!;

        report.Should().BeEquivalentTo(new { File = (string?)null, LastRevision = 4L, Snapshot = LogFormat.SnapshotName(1) });
        DirectoryBytes.Content(DirectoryBytes.Recover(_directory).Store).Should().BeEquivalentTo(_log.States[^1]);
        _directory.List().Should().Contain(LogFormat.SnapshotName(3) + ".damaged");
    }

    [Fact]
    public void A_damaged_snapshot_that_nothing_can_replace_is_not_given_up()
    {
        SnapshotScript.Write(_directory, revision: 3, lastRevision: 3, [("a", new(3, "3", "", 0))]);
        _log.Skip(3).Segment(2).Set("c", "4").End(isClean: true).Write();
        _disk.Damage(LogFormat.SnapshotName(3), 90);
        var before = DirectoryBytes.All(_directory);

        FluentActions.Invoking(() => StoreRepair.Run(_directory)).Should().Throw<DataDirectoryException>().WithMessage("*Restore a backup.");

        DirectoryBytes.All(_directory).Should().BeEquivalentTo(before);
    }

    [Fact]
    public void A_damaged_STORE_is_written_anew()
    {
        _log.Segment(1).Set("a", "1").End(isClean: true).Write();
        _disk.Damage("STORE", 3);

        StoreRepair.Run(_directory)!.File.Should().BeNull();

        DirectoryBytes.Content(DirectoryBytes.Recover(_directory).Store).Should().BeEquivalentTo(_log.States[1]);
    }

    [Theory]
    [InlineData(false, "a")]
    [InlineData(true, "a,b")]
    public void A_repair_that_is_cut_off_anywhere_can_be_done_again(bool hasSnapshot, string left)
    {
        SimulatedDisk Disk()
        {
            var disk = new SimulatedDisk();
            using var directory = disk.Open();
            var log = new LogScript(directory).Store();
            if (hasSnapshot)
            {
                SnapshotScript.Write(directory, revision: 2, lastRevision: 2, [("a", new(1, "1", "", 0)), ("b", new(2, "2", "", 0))]);
            }

            log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3").End().Write();
            disk.Damage(LogFormat.SegmentName(1), log.Ends[0] + 3);
            log.Segment(2).Set("d", "4").End().Write();
            log.Segment(3).Set("e", "5").Write();
            return disk;
        }

        foreach (var point in CrashPoints.Of(Disk, () => 0, (disk, _) =>
        {
            using var directory = disk.Open();
            StoreRepair.Run(directory);
        }))
        {
            foreach (var cut in Cut.Some(seed: 2, randoms: 10))
            {
                using var directory = point.Disk.PowerCut(cut).Open();
                StoreRepair.Run(directory);
                var (store, _) = DirectoryBytes.Recover(directory);
                DirectoryBytes.Content(store).Keys.Should().BeEquivalentTo(left.Split(','), $"it was cut off at {point.Operation}, {cut}");
            }
        }
    }
}
