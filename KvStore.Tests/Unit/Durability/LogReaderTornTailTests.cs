using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>What a reader takes for the trace of a crash, and cuts: docs/wal-format.md, "Reading".</summary>
public sealed class LogReaderTornTailTests
{
    private readonly SimulatedDisk _disk = new();
    private readonly IDataDirectory _directory;
    private readonly LogScript _log;

    public LogReaderTornTailTests()
    {
        _directory = _disk.Open();
        _log = new LogScript(_directory);
    }

    [Fact]
    public void An_unfinished_write_is_a_torn_tail()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Write(cut: _log.Ends[1] - 1);

        var (end, _) = ReadLog.Of(_directory);

        end.LastRevision.Should().Be(1);
        end.TornTail.Should().Be(new TornTail(LogFormat.SegmentName(1), _log.Ends[0], _log.Ends[1] - _log.Ends[0]));
    }

    [Fact]
    public void A_write_of_which_later_parts_are_there_is_a_torn_tail_too()
    {
        _log.Segment(1).Set("a", "1").Synced().Set("b", "2").Set("c", "3").Set("d", "4").Write();
        _disk.Damage(LogFormat.SegmentName(1), _log.Ends[0] + 20, flipped: 1);

        var (end, _) = ReadLog.Of(_directory);

        end.LastRevision.Should().Be(1);
        end.TornTail!.Bytes.Should().Be(_log.Ends[3] - _log.Ends[0]);
    }

    [Fact]
    public void A_torn_beginning_of_a_segment_is_a_torn_tail()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2).Set("b", "2").Write();
        _disk.Damage(LogFormat.SegmentName(2), _log.Ends[0] - 1, flipped: 1);

        var (end, _) = ReadLog.Of(_directory);

        end.Damage.Should().BeNull();
        end.TornTail.Should().BeEquivalentTo(new { File = LogFormat.SegmentName(2), Offset = (long)LogFormat.HeaderBytes });
    }

    [Fact]
    public void An_atomic_batch_is_cut_as_a_whole()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2", more: true).Set("c", "3", more: true).Write();

        var (end, revisions) = ReadLog.Of(_directory);

        (end.LastRevision, end.TornTail!.Offset, end.TornTail.Bytes).Should().Be((1, _log.Ends[0], _log.Ends[2] - _log.Ends[0]));
        revisions.Should().Equal(1);
    }

    [Fact]
    public void A_length_is_not_believed()
    {
        _log.Segment(1).Set("a", "1").Raw(1, 2, 3, 4, 0xF0, 0xFF, 0xFF, 0x0F, 2, 0, 0, 0, 0, 0, 0, 0).Write();

        ReadLog.Of(_directory).End.Should().BeEquivalentTo(new { LastRevision = 1L, Damage = (object?)null });
    }
}
