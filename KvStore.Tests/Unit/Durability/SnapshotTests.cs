using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

public sealed class SnapshotTests
{
    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;

    public SnapshotTests() => _log = new LogScript(_directory).Store();

    [Fact]
    public void A_snapshot_becomes_the_store_that_it_was_taken_of()
    {
        var time = new ManualTime();
        var store = new ShardedStore(time: time);
        for (var i = 0; i < 3_000; i++)
        {
            store.Set($"key{i}", new string('v', i % 200), new SetOptions(ContentType: i % 3 == 0 ? "x/own" : null, ExpiresAt: i % 5 == 0 ? time.UnixMilliseconds + i + 1 : 0));
        }

        store.Set("long", new string('x', 300_000));
        store.Delete("key7");
        var progress = new SnapshotProgress();

        var written = DirectoryBytes.Snapshot(_directory, store, latestTime: 1_999_999_999_999, progress);

        (written.Revision, written.LastRevision, written.Records).Should().Be((3_002, 3_002, 3_000));
        (progress.Percent, progress.Records, progress.Bytes).Should().Be((100, 3_000, written.Bytes));
        _log.Skip(3_002).Segment(1).End(isClean: true).Write();
        var (recovered, result) = DirectoryBytes.Recover(_directory, workers: 3);
        DirectoryBytes.Content(recovered).Should().BeEquivalentTo(DirectoryBytes.Content(store));
        StoreIntegrity.Check(recovered);
        result.Should().BeEquivalentTo(new
        {
            LastRevision = 3_002L,
            LatestTime = 1_999_999_999_999,
            Records = 3_000L,
            Snapshot = new { Revision = 3_002L, written.Bytes },
        });
    }

    [Fact]
    public void An_empty_store_has_a_snapshot_too()
    {
        DirectoryBytes.Snapshot(_directory, new ShardedStore());
        _log.Segment(1).End(isClean: true).Write();

        DirectoryBytes.Recover(_directory).Result.Should().BeEquivalentTo(new { LastRevision = 0L, Records = 0L });
    }

    [Fact]
    public void The_log_is_applied_over_a_snapshot_where_it_is_newer()
    {
        var store = new ShardedStore();
        store.Set("a", "1");
        store.Set("b", "2");
        DirectoryBytes.Snapshot(_directory, store);
        _log.Segment(1).Set("a", "1").Set("b", "2").Delete("a").Set("c", "4").Set("b", "5").End(isClean: true).Write();

        var (recovered, result) = DirectoryBytes.Recover(_directory);

        DirectoryBytes.Content(recovered).Should().BeEquivalentTo(_log.States[^1]);
        result.LastRevision.Should().Be(5);
    }

    [Fact]
    public void A_fuzzy_snapshot_is_put_right_by_the_log()
    {
        // What a snapshot of revision 2 may hold: records of any revision up to its last, and keys that were there meanwhile.
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("a", "3").Delete("b").Set("c", "5").Delete("c").Set("d", "7").Set("a", "8").End(isClean: true).Write();
        foreach (var (a, d) in new[] { (1, 0), (3, 0), (8, 7), (1, 7) })
        {
            var entries = new List<(string, StoredValue)> { ("a", new(a, $"{a}", "", 0)), ("b", new(2, "2", "", 0)), ("c", new(5, "5", "", 0)) };
            if (d > 0)
            {
                entries.Add(("d", new(d, "7", "", 0)));
            }

            SnapshotScript.Write(_directory, revision: 2, lastRevision: 8, entries);

            DirectoryBytes.Content(DirectoryBytes.Recover(_directory).Store).Should().BeEquivalentTo(_log.States[^1], $"a was {a} and d was {d}");
        }
    }

    [Fact]
    public void A_key_that_is_there_more_than_once_has_its_latest_record_and_is_one_key()
    {
        SnapshotScript.Write(
            _directory, revision: 2, lastRevision: 3, [("a", new(1, "1", "", 0)), ("b", new(2, "2", "", 0)), ("a", new(3, "3", "", 0)), ("a", new(1, "1", "", 0))]);
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("a", "3").Write();

        var store = DirectoryBytes.Recover(_directory).Store;

        DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[^1]);
        StoreIntegrity.Check(store);
    }

    [Fact]
    public void A_log_that_ends_before_the_snapshots_last_revision_is_damage()
    {
        SnapshotScript.Write(_directory, revision: 2, lastRevision: 4, [("a", new(3, "3", "", 0))]);
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("a", "3").Write();

        FluentActions.Invoking(() => DirectoryBytes.Recover(_directory)).Should().Throw<StoreDamagedException>()
            .WithMessage("*the log ends with revision 3, but 'snapshot-00000000000000000002.snap' needs it up to revision 4*");
    }

    [Fact]
    public void The_newest_snapshot_counts_and_older_ones_go()
    {
        var store = new ShardedStore();
        store.Set("a", "1");
        DirectoryBytes.Snapshot(_directory, store);
        store.Set("a", "2");
        DirectoryBytes.Snapshot(_directory, store);
        _log.Skip(1).Segment(3).Set("a", "2").End(isClean: true).Write();

        var (recovered, _) = DirectoryBytes.Recover(_directory);

        DirectoryBytes.Content(recovered)["a"].Value.Should().Be("2");
        _directory.List().Should().Equal("STORE", LogFormat.SnapshotName(2), LogFormat.SegmentName(3));
    }

    [Fact]
    public void Every_flipped_bit_of_a_snapshot_is_found()
    {
        ForEachChange(bytes => Enumerable.Range(0, bytes.Length * 8).Select(bit =>
        {
            var flipped = (byte[])bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            return (flipped, $"bit {bit} was flipped");
        }));
    }

    [Fact]
    public void Every_cut_of_a_snapshot_and_everything_after_it_is_found()
    {
        ForEachChange(bytes => Enumerable.Range(0, bytes.Length).Select(length => (bytes[..length], $"it was cut at byte {length}"))
            .Append(([.. bytes, 0], "a byte comes after its end")));
    }

    [Fact]
    public void Blocks_that_change_places_are_found()
    {
        var store = new ShardedStore();
        store.Set("a", new string('a', 70_000));
        store.Set("b", new string('b', 70_000));
        var written = DirectoryBytes.Snapshot(_directory, store);
        _log.Skip(2).Segment(1).End(isClean: true).Write();
        var name = LogFormat.SnapshotName(2);
        var bytes = DirectoryBytes.Get(_directory, name);
        var block = (bytes.Length - LogFormat.HeaderBytes - SnapshotEnd.Bytes) / 2;
        var swapped = (byte[])bytes.Clone();
        bytes.AsSpan(LogFormat.HeaderBytes, block).CopyTo(swapped.AsSpan(LogFormat.HeaderBytes + block));
        bytes.AsSpan(LogFormat.HeaderBytes + block, block).CopyTo(swapped.AsSpan(LogFormat.HeaderBytes));
        DirectoryBytes.Put(_directory, name, swapped);

        FluentActions.Invoking(() => DirectoryBytes.Recover(_directory)).Should().Throw<StoreDamagedException>().Which.Offset.Should().Be(LogFormat.HeaderBytes);
        written.Bytes.Should().Be(bytes.Length);
    }

    [Fact]
    public void A_snapshot_that_fails_leaves_nothing_and_the_store_goes_on()
    {
        foreach (var operation in new[] { DiskOperation.Create, DiskOperation.Write, DiskOperation.Sync, DiskOperation.Rename })
        {
            var disk = new SimulatedDisk();
            using var directory = disk.Open();
            var store = new ShardedStore();
            store.Set("a", "1");
            disk.Fail(new DiskFault(operation) { File = "snapshot" });

            FluentActions.Invoking(() => DirectoryBytes.Snapshot(directory, store)).Should().Throw<IOException>($"{operation} fails");

            directory.List().Should().BeEmpty();
            DirectoryBytes.Snapshot(directory, store).Records.Should().Be(1);
        }
    }

    [Fact]
    public void A_snapshot_whose_log_cannot_be_synced_gets_no_name()
    {
        var store = new ShardedStore();
        store.Set("a", "1");

        FluentActions.Invoking(() => new SnapshotWriter(_directory, store, TimeProvider.System)
            .WriteAsync(_ => throw new IOException("no"), () => 0).GetAwaiter().GetResult()).Should().Throw<IOException>();

        _directory.List().Should().Equal("STORE");
    }

    [Fact]
    public void A_snapshot_beside_writers_is_whole_with_the_log()
    {
        var time = new ManualTime();
        var store = new ShardedStore(shards: 4, time: time);
        for (var i = 0; i < 2_000; i++)
        {
            store.Set($"key{i:D5}", $"{i}");
        }

        SnapshotResult? written = null;
        var isDone = false;
        Together.Run(
            () => Traffic(store, 1, ref isDone),
            () => Traffic(store, 2, ref isDone),
            () =>
            {
                written = DirectoryBytes.Snapshot(_directory, store);
                Volatile.Write(ref isDone, true);
            });

        StoreLog.Write(_directory, store, sequence: 1);
        var (recovered, result) = DirectoryBytes.Recover(_directory, time: time);
        DirectoryBytes.Content(recovered).Should().BeEquivalentTo(DirectoryBytes.Content(store));
        StoreIntegrity.Check(recovered);
        result.Snapshot!.Revision.Should().Be(written!.Revision).And.BeLessThanOrEqualTo(written.LastRevision);
    }

    private static void Traffic(ShardedStore store, int seed, ref bool isDone)
    {
        var random = new Random(seed);
        for (var i = 0; i < 3_000 || (!Volatile.Read(ref isDone) && i < 40_000); i++)
        {
            var key = $"key{random.Next(2_500):D5}";
            _ = random.Next(5) switch
            {
                0 => store.Delete(key).Revision,
                1 => store.Set(key, new string('w', random.Next(500))).Revision,
                _ => store.Set(key, $"{seed} {i}").Revision,
            };
        }
    }

    private void ForEachChange(Func<byte[], IEnumerable<(byte[] Bytes, string Change)>> changes)
    {
        var store = new ShardedStore();
        store.Set("a", "1");
        store.Set("b", "2", new SetOptions(ContentType: "x/own"));
        DirectoryBytes.Snapshot(_directory, store);
        _log.Skip(2).Segment(1).End(isClean: true).Write();
        var files = DirectoryBytes.All(_directory);
        var name = LogFormat.SnapshotName(2);
        foreach (var (bytes, change) in changes(files[name]))
        {
            using var directory = DirectoryBytes.With(new Dictionary<string, byte[]>(files, StringComparer.Ordinal) { [name] = bytes });
            FluentActions.Invoking(() => DirectoryBytes.Recover(directory)).Should().Throw<IOException>(change)
                .Which.Should().Match(exception => exception is StoreDamagedException || exception is DataDirectoryException);
        }
    }
}
