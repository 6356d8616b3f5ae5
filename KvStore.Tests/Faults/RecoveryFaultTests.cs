using KvStore.Core.Durability;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>Recoveries and snapshots whose disk loses power or fails.</summary>
public sealed class RecoveryFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_recovery_that_is_cut_off_anywhere_finds_the_same_again(bool isAlways)
    {
        IReadOnlyDictionary<string, StoredValue>? expected = null;
        SimulatedDisk Disk()
        {
            var disk = new SimulatedDisk();
            using var directory = disk.Open();
            SnapshotScript.Write(directory, 1, 2, [("a", new(1, "1", "", 0))]);
            DirectoryBytes.Put(directory, "wal-00000000000000000009.log.tmp", [1, 2, 3]);
            var log = new LogScript(directory).Store();
            log.Segment(1, isAlways).Set("a", "1").End().Write();
            log.Segment(2, isAlways).Set("b", "2").Set("c", "3").Set("d", "4", more: true).Write();
            log.Segment(3, isAlways).Write();
            expected = log.States[3];
            return disk;
        }

        foreach (var point in CrashPoints.Of(Disk, () => 0, (disk, _) => DirectoryBytes.Recover(disk.Open())))
        {
            foreach (var cut in Cut.Some(seed: 3, randoms: 10))
            {
                using var directory = point.Disk.PowerCut(cut).Open();
                var (store, result) = DirectoryBytes.Recover(directory);
                DirectoryBytes.Content(store).Should().BeEquivalentTo(expected, $"it was cut off at {point.Operation}, {cut}");
                result.LastRevision.Should().Be(3);
                (result.HistoryId == LogScript.History).Should().Be(isAlways);
                DirectoryBytes.Recover(directory).Result.Segments.Should().Equal(result.Segments);
            }
        }
    }

    [Fact]
    public void A_snapshot_that_is_cut_off_anywhere_is_whole_or_not_there()
    {
        var store = new ShardedStore();
        for (var i = 0; i < 300; i++)
        {
            store.Set($"key{i}", new string('v', 1_000));
        }

        SimulatedDisk Disk()
        {
            var disk = new SimulatedDisk();
            using var directory = disk.Open();
            StoreLog.Write(directory, store, sequence: 1);
            StoreIdentity.Write(directory, LogScript.History);
            return disk;
        }

        var expected = DirectoryBytes.Content(store);
        var found = new HashSet<bool>();
        foreach (var point in CrashPoints.Of(Disk, () => 0, (disk, _) => DirectoryBytes.Snapshot(disk.Open(), store)))
        {
            foreach (var cut in Cut.Some(seed: 4, randoms: 5))
            {
                using var directory = point.Disk.PowerCut(cut).Open();
                var (recovered, result) = DirectoryBytes.Recover(directory);
                DirectoryBytes.Content(recovered).Should().BeEquivalentTo(expected, $"it was cut off at {point.Operation}, {cut}");
                found.Add(result.Snapshot is not null);
            }
        }

        found.Should().BeEquivalentTo([true, false]);
    }

    [Fact]
    public void A_file_that_cannot_be_read_stops_the_recovery()
    {
        var disk = new SimulatedDisk();
        using var directory = disk.Open();
        new LogScript(directory).Store().Segment(1).Set("a", "1").Write();
        disk.Fail(new DiskFault(DiskOperation.Read) { File = "wal-" });

        FluentActions.Invoking(() => DirectoryBytes.Recover(directory)).Should().Throw<IOException>();
        DirectoryBytes.Recover(directory).Result.LastRevision.Should().Be(1);
    }
}
