using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>Recoveries and snapshots whose disk loses power or fails.</summary>
public sealed class RecoveryFaultTests
{
    private const int LargeKeys = 600;

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

    [Fact]
    public void Whichever_read_fails_that_is_what_is_told()
    {
        var written = LargeDisk();
        for (var read = 1; ; read++)
        {
            var disk = written.Kill();
            disk.Fail(new DiskFault(DiskOperation.Read, read));
            using var directory = disk.Open();
            try
            {
                DirectoryBytes.Recover(directory);
                read.Should().BeGreaterThan(10, "there is so much to read");
                return;
            }
            catch (IOException exception)
            {
                exception.Message.Should().Contain("could not be read");
            }
        }
    }

    [Fact]
    public void A_recovery_that_is_told_to_end_at_any_read_ends_and_leaves_everything_for_the_next()
    {
        var written = LargeDisk();
        for (var read = 1; ; read++)
        {
            var disk = written.Kill();
            using var stop = new CancellationTokenSource();
            using (var directory = new CountedReads(disk.Open(), read, stop.Cancel))
            {
                try
                {
                    Recovery.Run(directory, new ShardedStore(), workers: 2, cancellationToken: stop.Token);
                    read.Should().BeGreaterThan(10, "there is so much to read before the end is decided on");
                    return;
                }
                catch (OperationCanceledException)
                {
                    directory.ReadsAfter.Should().BeLessThanOrEqualTo(6, "what is begun is done, and no more than that");
                }
            }

            using var again = disk.Open();
            DirectoryBytes.Recover(again).Store.Statistics.Keys.Should().Be(LargeKeys);
        }
    }

    [Fact]
    public async Task A_snapshot_that_becomes_shorter_while_it_is_read_is_damage()
    {
        var disk = LargeDisk();
        using var directory = disk.Open();
        var name = directory.List().Single(file => LogFormat.TryParseSnapshot(file, out _));
        using var shortened = new CountedReads(directory, count: 4, () =>
        {
            using var file = directory.OpenWrite(name);
            file.SetLength(file.Length / 2);
        });

        var recover = () => Task.Run(() => DirectoryBytes.Recover(shortened)).WaitAsync(DiskStore.Deadline);

        (await recover.Should().ThrowAsync<StoreDamagedException>()).Which.File.Should().Be(name);
    }

    /// <summary>A disk with a snapshot of some MiB, and a log after it.</summary>
    private static SimulatedDisk LargeDisk()
    {
        var disk = new SimulatedDisk();
        using var directory = disk.Open();
        var store = new ShardedStore();
        StoreIdentity.Write(directory, LogScript.History);
        Write(0, LargeKeys);
        DirectoryBytes.Snapshot(directory, store);
        Write(0, LargeKeys / 2);
        StoreLog.Write(directory, store, sequence: 1);
        return disk;

        void Write(int from, int to)
        {
            for (; from < to; from++)
            {
                store.Set($"key{from}", new string('v', 20_000));
            }
        }
    }

    /// <summary>Does something at one of the reads.</summary>
    private sealed class CountedReads(IDataDirectory directory, int count, Action act) : DirectoryDecorator(directory)
    {
        private int _left = count;

        /// <summary>How many there were after that one.</summary>
        public int ReadsAfter => Math.Max(0, -_left);

        protected override IDataFile Decorate(string name, IDataFile file) => new CountedFile(this, file);

        private void Count()
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                act();
            }
        }

        private sealed class CountedFile(CountedReads reads, IDataFile file) : FileDecorator(file)
        {
            public override int Read(long offset, Span<byte> destination)
            {
                reads.Count();
                return base.Read(offset, destination);
            }
        }
    }
}
