using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>What a reader makes of a log's end: docs/wal-format.md, "Reading".</summary>
public sealed class LogReaderTests
{
    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;

    public LogReaderTests() => _log = new LogScript(_directory);

    [Fact]
    public void A_log_that_was_stopped_in_good_order_is_read_whole()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Synced().Delete("a").Nothing().End(isClean: true).Write();

        var (end, revisions) = Read();

        end.Should().BeEquivalentTo(
            new { LastRevision = 4L, Changes = 4L, IsCleanStop = true, IsAlways = true, TornTail = (object?)null, Damage = (object?)null, LatestTime = 1_767_225_600_004 });
        revisions.Should().Equal(1, 2, 3, 4);
        end.Segments.Should().ContainSingle().Which.HasEnd.Should().BeTrue();
    }

    [Fact]
    public void A_log_without_an_end_ends_where_its_frames_do()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Write();

        var (end, _) = Read();

        end.Should().BeEquivalentTo(new { LastRevision = 2L, IsCleanStop = false, TornTail = (object?)null, Damage = (object?)null });
        end.Segments[0].End.Should().Be(_log.Ends[1]);
    }

    [Fact]
    public void A_log_goes_on_from_segment_to_segment()
    {
        _log.Segment(7).Set("a", "1").End().Write();
        _log.Segment(8).End().Write();
        _log.Segment(9).Set("b", "2").Write();
        _log.Segment(10).Write();

        var (end, revisions) = Read();

        revisions.Should().Equal(1, 2);
        end.Damage.Should().BeNull();
        end.Segments.Select(segment => (segment.Sequence, segment.LastRevision, segment.HasEnd, segment.IsUsed)).Should().Equal(
            (7, 1, true, true), (8, 1, true, true), (9, 2, false, true), (10, 2, false, false));
    }

    [Fact]
    public void An_unfinished_write_is_a_torn_tail()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Write(cut: _log.Ends[1] - 1);

        var (end, _) = Read();

        end.LastRevision.Should().Be(1);
        end.TornTail.Should().Be(new TornTail(LogFormat.SegmentName(1), _log.Ends[0], _log.Ends[1] - _log.Ends[0]));
    }

    [Fact]
    public void A_write_of_which_later_parts_are_there_is_a_torn_tail_too()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Set("c", "3").Set("d", "4").Write();
        Flip(1, _log.Ends[0] + 20);

        var (end, _) = Read();

        end.LastRevision.Should().Be(1);
        end.TornTail!.Bytes.Should().Be(_log.Ends[3] - _log.Ends[0]);
    }

    [Fact]
    public void What_does_not_fit_before_a_frame_that_says_it_was_synced_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3").Synced().Set("d", "4").Set("e", "5").Write();
        Flip(1, _log.Ends[0] + 20);

        var (end, revisions) = Read();

        end.Damage.Should().BeEquivalentTo(new { Sequence = 1L, Offset = (long)_log.Ends[0] });
        end.Damage!.What.Should().Contain("revision 2 should follow").And.Contain($"byte {_log.Ends[2]}");
        (end.LastRevision, revisions[^1]).Should().Be((1, 1));
    }

    [Fact]
    public void What_does_not_fit_before_a_segment_with_frames_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").End().Write();
        Flip(1, _log.Ends[1] - 1);
        _log.Segment(2).Set("c", "3").Write();

        Read().End.Damage!.What.Should().Contain($"{LogFormat.SegmentName(2)} goes on after it");
    }

    [Fact]
    public void A_segment_whose_end_is_missing_before_one_with_a_torn_beginning_is_damage()
    {
        _log.Segment(1).Set("a", "1").Write();
        _log.Segment(2).Set("b", "2").Set("c", "3").Write();
        Flip(2, _log.Ends[0] - 1);

        Read().End.Damage.Should().NotBeNull("the second is begun when the first is whole");
    }

    [Fact]
    public void A_torn_beginning_of_a_segment_is_a_torn_tail()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2).Set("b", "2").Write();
        Flip(2, _log.Ends[0] - 1);

        var (end, _) = Read();

        end.Damage.Should().BeNull();
        end.TornTail.Should().BeEquivalentTo(new { File = LogFormat.SegmentName(2), Offset = (long)LogFormat.HeaderBytes });
    }

    [Fact]
    public void Frames_of_an_earlier_life_of_a_file_mean_nothing()
    {
        _log.Segment(1).Set("a", "old").Set("b", "old").Set("c", "old").Write();
        var old = DirectoryBytes.Get(_directory, LogFormat.SegmentName(1));
        var next = new LogScript(_directory).Segment(2).Set("a", "1");
        var begun = next.Bytes();
        begun.CopyTo(old, 0);
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(2), old);
        _directory.Delete(LogFormat.SegmentName(1));

        var (end, revisions) = Read();

        revisions.Should().Equal(1);
        end.Should().BeEquivalentTo(new { LastRevision = 1L, Damage = (object?)null });
    }

    [Fact]
    public void An_atomic_batch_is_cut_as_a_whole()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2", more: true).Set("c", "3", more: true).Write();

        var (end, revisions) = Read();

        (end.LastRevision, end.TornTail!.Offset, end.TornTail.Bytes).Should().Be((1, _log.Ends[0], _log.Ends[2] - _log.Ends[0]));
        revisions.Should().Equal(1);
    }

    [Fact]
    public void An_atomic_batch_is_read_as_a_whole()
    {
        _log.Segment(1).Set("b", "1", more: true).Delete("b", more: true).Set("b", "3").Write();

        Read().Revisions.Should().Equal(1, 2, 3);
    }

    [Fact]
    public void A_segment_that_ends_in_an_atomic_batch_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2", more: true).End().Write();

        Read().End.Damage!.What.Should().Contain("atomic batch");
    }

    [Fact]
    public void A_missing_segment_is_damage_where_others_go_on()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(3).Set("b", "2").Write();

        Read().End.Damage.Should().BeEquivalentTo(new { File = LogFormat.SegmentName(2), Offset = 0L });
    }

    [Fact]
    public void A_missing_segment_is_damage_also_where_the_later_ones_are_empty()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(3).Write();

        var damage = Read().End.Damage!;

        (damage.File, damage.What).Should().Be((LogFormat.SegmentName(2), $"it is missing, but {LogFormat.SegmentName(3)} is there, which was made after it"));
    }

    [Fact]
    public void A_damaged_header_is_damage()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2).Write();
        Flip(2, 30);

        Read().End.Damage.Should().BeEquivalentTo(new { Sequence = 2L, Offset = 0L });
    }

    [Fact]
    public void A_segment_under_the_name_of_another_is_damage()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(2), DirectoryBytes.Get(_directory, LogFormat.SegmentName(1)));

        Read().End.Damage!.Sequence.Should().Be(2);
    }

    [Fact]
    public void No_segment_at_all_is_damage()
    {
        Read().End.Damage!.What.Should().Contain("no segment");
    }

    [Fact]
    public void Segments_before_the_one_that_is_needed_may_be_anything()
    {
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), [1, 2, 3]);
        _log.Skip(4).Segment(4).Set("a", "5").Set("b", "6").End().Write();
        _log.Segment(5).Set("c", "7").Write();

        var (end, revisions) = Read(after: 5);

        revisions.Should().Equal(6, 7);
        end.Segments.Select(segment => segment.Sequence).Should().Equal(4, 5);
        Read(after: 6).End.Segments.Select(segment => segment.Sequence).Should().Equal(5);
    }

    [Fact]
    public void A_log_that_begins_too_late_is_damage()
    {
        _log.Skip(9).Segment(4).Set("a", "10").Write();

        Read(after: 8).End.Damage!.What.Should().Contain("those from 9 on are missing");
        Read(after: 9).End.Damage.Should().BeNull();
    }

    [Fact]
    public void An_end_after_revisions_that_are_missing_is_damage()
    {
        _log.Skip(9).Segment(4).End().Write();

        Read(after: 8).End.Damage!.What.Should().Contain("those from 9 on are missing");
        Read(after: 9).End.Should().BeEquivalentTo(new { LastRevision = 9L, Damage = (object?)null });
    }

    [Fact]
    public void A_revision_that_is_left_out_is_damage_before_what_was_synced()
    {
        _log.Segment(1).Set("a", "1").Skip(1).Set("b", "3").Synced().Set("c", "4").Write();

        Read().End.Damage!.Offset.Should().Be(_log.Ends[0]);
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("ff0000000100000000000000000000006b")]
    [InlineData("010000000100000000000000000000006b")]
    [InlineData("010000000500000000000000000000006b")]
    public void A_frame_that_fits_and_holds_no_change_is_damage(string change)
    {
        _log.Segment(1).Set("a", "1").Frame(2, Convert.FromHexString(change)).Write();

        var (end, _) = Read();

        end.LastRevision.Should().Be(1);
        (end.Damage is not null || change.Length < 2 * ChangeRecord.HeaderBytes).Should().BeTrue("what is too short for a change is no frame");
    }

    [Fact]
    public void A_length_is_not_believed()
    {
        _log.Segment(1).Set("a", "1").Raw(1, 2, 3, 4, 0xF0, 0xFF, 0xFF, 0x0F, 2, 0, 0, 0, 0, 0, 0, 0).Write();

        Read().End.Should().BeEquivalentTo(new { LastRevision = 1L, Damage = (object?)null });
    }

    [Fact]
    public void A_segment_of_a_newer_version_is_refused()
    {
        var header = new byte[LogFormat.HeaderBytes];
        new SegmentHeader(2, 1, 1, LogScript.History, true, 0).Write(header);
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), header);

        this.Invoking(test => test.Read()).Should().Throw<DataDirectoryException>().WithMessage("*newer KvStore: its format is version 2, this one reads 1.");
    }

    [Fact]
    public void A_long_log_of_long_frames_takes_little_memory()
    {
        var value = new string('v', 300_000);
        for (var sequence = 1; sequence <= 4; sequence++)
        {
            _log.Segment(sequence);
            for (var i = 0; i < 20; i++)
            {
                _log.Set($"key{i}", value);
            }

            _log.End().Write();
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var (end, _) = Read();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        end.LastRevision.Should().Be(80);
        allocated.Should().BeLessThan(60_000_000, "a window of 4 MiB for each opening of a segment is all");
    }

    private void Flip(long sequence, int offset)
    {
        var bytes = DirectoryBytes.Get(_directory, LogFormat.SegmentName(sequence));
        bytes[offset] ^= 1;
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(sequence), bytes);
    }

    private (LogEnd End, List<long> Revisions) Read(long after = 0)
    {
        var sink = new Sink();
        return (new LogReader(_directory, after, sink).Read(), sink.Committed);
    }

    private sealed class Sink : ILogSink
    {
        private readonly List<long> _added = [];

        public List<long> Committed { get; } = [];

        public void Add(long revision, in LoggedChange change) => _added.Add(revision);

        public void Commit()
        {
            Committed.AddRange(_added);
            _added.Clear();
        }
    }
}
