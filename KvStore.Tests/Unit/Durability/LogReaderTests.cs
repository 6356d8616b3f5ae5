using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>What a reader makes of a log that is whole: docs/wal-format.md, "Reading".</summary>
public sealed class LogReaderTests
{
    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;

    public LogReaderTests() => _log = new LogScript(_directory);

    [Fact]
    public void A_log_that_was_stopped_in_good_order_is_read_whole()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Synced().Delete("a").Nothing().End(isClean: true).Write();

        var (end, revisions) = ReadLog.Of(_directory);

        end.Should().BeEquivalentTo(
            new { LastRevision = 4L, Changes = 4L, IsCleanStop = true, IsAlways = true, TornTail = (object?)null, Damage = (object?)null, LatestTime = 1_767_225_600_004 });
        revisions.Should().Equal(1, 2, 3, 4);
        end.Segments.Should().ContainSingle().Which.HasEnd.Should().BeTrue();
    }

    [Fact]
    public void A_log_without_an_end_ends_where_its_frames_do()
    {
        _log.Segment(1).Set("a", "1").Set("b", "2").Write();

        var (end, _) = ReadLog.Of(_directory);

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

        var (end, revisions) = ReadLog.Of(_directory);

        revisions.Should().Equal(1, 2);
        end.Damage.Should().BeNull();
        end.Segments.Select(segment => (segment.Sequence, segment.LastRevision, segment.HasEnd, segment.IsUsed)).Should().Equal(
            (7, 1, true, true), (8, 1, true, true), (9, 2, false, true), (10, 2, false, false));
    }

    [Fact]
    public void An_atomic_batch_is_read_as_a_whole()
    {
        _log.Segment(1).Set("b", "1", more: true).Delete("b", more: true).Set("b", "3").Write();

        ReadLog.Of(_directory).Revisions.Should().Equal(1, 2, 3);
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

        var (end, revisions) = ReadLog.Of(_directory);

        revisions.Should().Equal(1);
        end.Should().BeEquivalentTo(new { LastRevision = 1L, Damage = (object?)null });
    }

    [Fact]
    public void Segments_before_the_one_that_is_needed_may_be_anything()
    {
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), [1, 2, 3]);
        _log.Skip(4).Segment(4).Set("a", "5").Set("b", "6").End().Write();
        _log.Segment(5).Set("c", "7").Write();

        var (end, revisions) = ReadLog.Of(_directory, after: 5);

        revisions.Should().Equal(6, 7);
        end.Segments.Select(segment => segment.Sequence).Should().Equal(4, 5);
        ReadLog.Of(_directory, after: 6).End.Segments.Select(segment => segment.Sequence).Should().Equal(5);
    }

    [Fact]
    public void A_segment_of_a_newer_version_is_refused()
    {
        var header = new byte[LogFormat.HeaderBytes];
        new SegmentHeader(2, 1, 1, LogScript.History, true, 0).Write(header);
        DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), header);

        this.Invoking(_ => ReadLog.Of(_directory)).Should().Throw<DataDirectoryException>().WithMessage("*newer KvStore: its format is version 2, this one reads 1.");
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
        var (end, _) = ReadLog.Of(_directory);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        end.LastRevision.Should().Be(80);
        allocated.Should().BeLessThan(60_000_000, "a window of 4 MiB for each opening of a segment is all");
    }
}
