using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>What a reader takes for damage, as no crash leaves it: docs/wal-format.md, "Reading".</summary>
public sealed class LogReaderDamageTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly LogScript _log;

    public LogReaderDamageTests()
    {
        _directory = _disk.Open();
        _log = new LogScript(_directory);
    }

    [Fact]
    public void What_does_not_fit_before_a_frame_that_says_it_was_synced_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3").Synced().Set("d", "4").Set("e", "5").Write();
        _disk.Damage(LogFormat.SegmentName(1), _log.Ends[0] + 20, flipped: 1);

        var (end, revisions) = ReadLog.Of(_directory);

        end.Damage.Should().BeEquivalentTo(new { Sequence = 1L, Offset = (long)_log.Ends[0] });
        end.Damage!.What.Should().Contain("revision 2 should follow").And.Contain($"byte {_log.Ends[2]}");
        (end.LastRevision, revisions[^1]).Should().Be((1, 1));
    }

    [Fact]
    public void What_does_not_fit_before_a_segment_with_frames_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").End().Write();
        _disk.Damage(LogFormat.SegmentName(1), _log.Ends[1] - 1, flipped: 1);
        _log.Segment(2).Set("c", "3").Write();

        ReadLog.Of(_directory).End.Damage!.What.Should().Contain($"{LogFormat.SegmentName(2)} goes on after it");
    }

    [Fact]
    public void A_segment_whose_end_is_missing_before_one_with_a_torn_beginning_is_damage()
    {
        _log.Segment(1).Set("a", "1").Write();
        _log.Segment(2).Set("b", "2").Set("c", "3").Write();
        _disk.Damage(LogFormat.SegmentName(2), _log.Ends[0] - 1, flipped: 1);

        ReadLog.Of(_directory).End.Damage.Should().NotBeNull("the second is begun when the first is whole");
    }

    [Fact]
    public void A_segment_that_ends_in_an_atomic_batch_is_damage()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2", more: true).End().Write();

        ReadLog.Of(_directory).End.Damage!.What.Should().Contain("atomic batch");
    }

    [Fact]
    public void A_missing_segment_is_damage_where_others_go_on()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(3).Set("b", "2").Write();

        ReadLog.Of(_directory).End.Damage.Should().BeEquivalentTo(new { File = LogFormat.SegmentName(2), Offset = 0L });
    }

    [Fact]
    public void A_missing_segment_is_damage_also_where_the_later_ones_are_empty()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(3).Write();

        var damage = ReadLog.Of(_directory).End.Damage!;

        (damage.File, damage.What).Should().Be((LogFormat.SegmentName(2), $"it is missing, but {LogFormat.SegmentName(3)} is there, which was made after it"));
    }

    [Fact]
    public void A_damaged_header_is_damage()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2).Write();
        _disk.Damage(LogFormat.SegmentName(2), 30, flipped: 1);

        ReadLog.Of(_directory).End.Damage.Should().BeEquivalentTo(new { Sequence = 2L, Offset = 0L });
    }

    [Fact]
    public void A_segment_under_the_name_of_another_is_damage()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(2), DirectoryBytes.Get(_directory, LogFormat.SegmentName(1)));

        ReadLog.Of(_directory).End.Damage!.Sequence.Should().Be(2);
    }

    [Fact]
    public void No_segment_at_all_is_damage()
    {
        ReadLog.Of(_directory).End.Damage!.What.Should().Contain("no segment");
    }

    [Fact]
    public void A_log_that_begins_too_late_is_damage()
    {
        _log.Skip(9).Segment(4).Set("a", "10").Write();

        ReadLog.Of(_directory, after: 8).End.Damage!.What.Should().Contain("those from 9 on are missing");
        ReadLog.Of(_directory, after: 9).End.Damage.Should().BeNull();
    }

    [Fact]
    public void An_end_after_revisions_that_are_missing_is_damage()
    {
        _log.Skip(9).Segment(4).End().Write();

        ReadLog.Of(_directory, after: 8).End.Damage!.What.Should().Contain("those from 9 on are missing");
        ReadLog.Of(_directory, after: 9).End.Should().BeEquivalentTo(new { LastRevision = 9L, Damage = (object?)null });
    }

    [Fact]
    public void A_revision_that_is_left_out_is_damage_before_what_was_synced()
    {
        _log.Segment(1).Set("a", "1").Skip(1).Set("b", "3").Synced().Set("c", "4").Write();

        ReadLog.Of(_directory).End.Damage!.Offset.Should().Be(_log.Ends[0]);
    }

    [Theory]
    [InlineData("00000000")]
    [InlineData("ff0000000100000000000000000000006b")]
    [InlineData("010000000100000000000000000000006b")]
    [InlineData("010000000500000000000000000000006b")]
    public void A_frame_that_fits_and_holds_no_change_is_damage(string change)
    {
        _log.Segment(1).Set("a", "1").Frame(2, Convert.FromHexString(change)).Write();

        var (end, _) = ReadLog.Of(_directory);

        end.LastRevision.Should().Be(1);
        (end.Damage is not null || change.Length < 2 * ChangeRecord.HeaderBytes).Should().BeTrue("what is too short for a change is no frame");
    }
}
