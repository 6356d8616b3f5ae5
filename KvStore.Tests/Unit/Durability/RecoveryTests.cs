using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

public sealed class RecoveryTests
{
    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;

    public RecoveryTests() => _log = new LogScript(_directory).Store();

    [Fact]
    public void A_log_becomes_the_store_that_it_tells_of()
    {
        var expiry = new ManualTime().UnixMilliseconds + 1_000;
        _log.Segment(1).Set("a", "1").Set("b", "2", contentType: "application/json").Set("c", "3", contentType: "x/own", expiresAt: expiry)
            .Delete("a").Set("d", "5").Set("d", "six, which is longer").Nothing().Delete("d", kind: ChangeKind.Expire).Set("d", new string('x', 20_000))
            .End(isClean: true).Write();

        var (store, result) = DirectoryBytes.Recover(_directory);

        DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[^1]);
        StoreIntegrity.Check(store);
        result.Should().BeEquivalentTo(new
        {
            HistoryId = LogScript.History,
            IsHistoryNew = false,
            LastRevision = 9L,
            LatestTime = 1_767_225_600_009,
            NextSequence = 2L,
            Snapshot = (object?)null,
            Records = 9L,
            TornTail = (object?)null,
        });
        store.Statistics.Should().BeEquivalentTo(new { Keys = 3L, Revision = 9L, OldestRevision = 10L, HistoryId = LogScript.History.ToString("n") });
    }

    [Fact]
    public void A_recovered_store_goes_on()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").End(isClean: true).Write();

        var (store, _) = DirectoryBytes.Recover(_directory);

        store.Set("c").Revision.Should().Be(3);
        store.Delete("a").Revision.Should().Be(4);
        store.Watch(StoreCalls.Filter(), since: 2).Should().NotBeNull();
        store.Watch(StoreCalls.Filter(), since: 1).Should().BeNull("those changes are not in memory");
        StoreIntegrity.Check(store);
    }

    [Fact]
    public void Every_prefix_of_a_log_becomes_a_moment_of_its_history()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("a", "3", more: true).Delete("b", more: true).Set("c", "5").Delete("a").Set("e", "7");
        var whole = _log.Bytes();

        for (var length = LogFormat.HeaderBytes; length <= whole.Length; length++)
        {
            _log.Write(cut: length);
            var (store, result) = DirectoryBytes.Recover(_directory);

            DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[(int)result.LastRevision], $"it was cut at byte {length}");
            var frames = _log.Ends.Count(end => end <= length);
            result.LastRevision.Should().Be(frames is 3 or 4 ? 2 : frames, "what is whole is kept");
            store.Statistics.Revision.Should().Be(result.LastRevision);
        }
    }

    [Fact]
    public void Every_flipped_bit_of_a_log_is_found_or_harmless()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Synced().Set("a", "3", more: true).Delete("b").Synced().Set("e", "5").End(isClean: true).Write(length: 0);
        var files = DirectoryBytes.All(_directory);
        var name = LogFormat.SegmentName(1);
        for (var bit = 0; bit < files[name].Length * 8; bit++)
        {
            var flipped = (byte[])files[name].Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            using var directory = DirectoryBytes.With(new Dictionary<string, byte[]>(files, StringComparer.Ordinal) { [name] = flipped });
            try
            {
                var (store, result) = DirectoryBytes.Recover(directory);

                // Nothing says of the last write and of the end that they had been synced.
                result.LastRevision.Should().BeGreaterThanOrEqualTo(4, $"bit {bit} was flipped");
                DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[(int)result.LastRevision], $"bit {bit} was flipped");
            }
            catch (Exception exception) when (exception is StoreDamagedException or DataDirectoryException)
            {
                exception.Message.Should().NotContain("\n");
            }
        }
    }

    [Fact]
    public void A_recovery_can_be_recovered_again()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3", more: true).Write();
        var (_, first) = DirectoryBytes.Recover(_directory);
        var (store, second) = DirectoryBytes.Recover(_directory);

        first.TornTail.Should().NotBeNull();
        second.Should().BeEquivalentTo(first with { TornTail = null, Records = 2 }, options => options.Excluding(result => result.Duration).Excluding(result => result.LatestTime));
        DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[2]);
    }

    [Fact]
    public void The_end_is_sealed_where_the_log_was_cut()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Write(cut: _log.Ends[1] - 3);

        DirectoryBytes.Recover(_directory);

        new LogScript(_directory).Skip(1).Segment(2).Set("c", "2").Write();
        var (store, result) = DirectoryBytes.Recover(_directory);
        result.LastRevision.Should().Be(2);
        DirectoryBytes.Content(store).Keys.Should().Equal("a", "c");
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void The_history_is_renewed_where_revisions_may_be_lost_that_someone_saw(bool isAlways, bool isClean, bool isNew)
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2, isAlways).Set("b", "2");
        (isClean ? _log.End(isClean: true) : _log).Write();

        var (store, result) = DirectoryBytes.Recover(_directory);

        result.IsHistoryNew.Should().Be(isNew);
        (result.HistoryId != LogScript.History).Should().Be(isNew);
        store.Statistics.HistoryId.Should().Be(result.HistoryId.ToString("n"));
        StoreIdentity.Find(_directory)!.HistoryId.Should().Be(result.HistoryId);
    }

    [Fact]
    public void A_segment_that_was_made_in_advance_tells_of_a_crash()
    {
        _log.Segment(1, isAlways: false).Set("a", "1").End(isClean: true).Write();
        _log.Segment(2, isAlways: false).Write();

        DirectoryBytes.Recover(_directory).Result.IsHistoryNew.Should().BeTrue("writes in it may be lost without a trace");
    }

    [Fact]
    public void Files_of_no_use_go_when_all_is_well()
    {
        DirectoryBytes.Put(_directory, "wal-00000000000000000009.log.tmp", [1]);
        DirectoryBytes.Put(_directory, "somebody's.tmp", [1]);
        _log.Segment(1).Set("a", "1").End().Write();
        var end = _log.Ends[^1];
        _log.Segment(2).Write();
        _log.Segment(3).Write();

        var (_, result) = DirectoryBytes.Recover(_directory);

        _directory.List().Should().Equal("STORE", "somebody's.tmp", LogFormat.SegmentName(1));
        result.NextSequence.Should().Be(2);
        result.Segments.Should().Equal(new KeptSegment(1, 1, end));
    }

    [Fact]
    public void Of_segments_that_were_never_used_one_is_kept_as_no_store_is_without()
    {
        _log.Segment(1).Write();
        _log.Segment(2).Write();

        var (_, result) = DirectoryBytes.Recover(_directory);

        result.Segments.Should().Equal(new KeptSegment(1, 0, LogFormat.HeaderBytes + LogFormat.FrameBytes));
        DirectoryBytes.Recover(_directory).Result.Should().BeEquivalentTo(result, options => options.Excluding(each => each.Duration));
    }

    [Fact]
    public void Damage_changes_nothing_and_says_what_to_do()
    {
        _log.Segment(1).Set("a", "1").Raw(1, 2, 3).End().Write();
        var offset = (long)_log.Ends[0];
        _log.Segment(2).Set("b", "2").Write();
        DirectoryBytes.Put(_directory, "snapshot-x.tmp", [1]);
        var before = DirectoryBytes.All(_directory);

        var exception = FluentActions.Invoking(() => DirectoryBytes.Recover(_directory)).Should().Throw<StoreDamagedException>().Which;

        exception.Should().BeEquivalentTo(new { File = LogFormat.SegmentName(1), Offset = offset });
        exception.Message.Should().StartWith($"/simulated/{LogFormat.SegmentName(1)} is damaged at byte ").And.NotContain("\n")
            .And.Contain("'kvstore verify /simulated'").And.Contain("'kvstore repair /simulated --truncate'").And.Contain("restore a backup");
        DirectoryBytes.All(_directory).Should().BeEquivalentTo(before);
    }

    [Fact]
    public void Expired_records_come_back_and_go_with_the_first_sweep()
    {
        var time = new ManualTime();
        _log.Segment(1).Set("a", "1", expiresAt: time.UnixMilliseconds - 1).Set("b", "2", expiresAt: time.UnixMilliseconds + 5).End().Write();

        var (store, _) = DirectoryBytes.Recover(_directory, time: time);

        store.Has("a").Should().BeFalse();
        store.Has("b").Should().BeTrue();
        store.SweepExpired();
        (store.Statistics.Revision, store.Statistics.Keys, store.Statistics.ExpiredKeys).Should().Be((3, 1, 1));
        time.Advance(10);
        store.SweepExpired();
        (store.Statistics.Revision, store.Statistics.Keys).Should().Be((4, 0));
        StoreIntegrity.Check(store);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Any_number_of_threads_finds_the_same(int workers)
    {
        var random = new Random(workers);
        for (var sequence = 1; sequence <= 5; sequence++)
        {
            _log.Segment(sequence);
            for (var i = 0; i < 2_000; i++)
            {
                var key = $"key{random.Next(500)}";
                _ = random.Next(4) == 0 ? _log.Delete(key) : _log.Set(key, new string('v', random.Next(300)));
            }

            _log.End().Write();
        }

        var (store, result) = DirectoryBytes.Recover(_directory, workers);

        result.Records.Should().Be(10_000);
        DirectoryBytes.Content(store).Should().BeEquivalentTo(_log.States[^1]);
        StoreIntegrity.Check(store);
    }

    [Fact]
    public void A_recovery_can_be_ended_early()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        using var stop = new CancellationTokenSource();
        stop.Cancel();

        FluentActions.Invoking(() => Recovery.Run(_directory, new ShardedStore(), workers: 2, cancellationToken: stop.Token))
            .Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Progress_is_told()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").End().Write();
        var progress = new RecoveryProgress();

        Recovery.Run(_directory, new ShardedStore(), progress);

        (progress.Phase, progress.Records).Should().Be((RecoveryPhase.Index, 2));
        progress.Percent.Should().BeInRange(1, 99, "the log's last file is never full");
    }
}
