using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>Segments that something else than the service has made shorter: a copy that was broken off, above all.</summary>
public sealed class LogReaderCutTests
{
    private const int Length = 1_024;

    private readonly IDataDirectory _directory = new SimulatedDisk().Open();
    private readonly LogScript _log;

    public LogReaderCutTests() => _log = new LogScript(_directory);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_segment_that_is_shorter_than_it_was_made_is_damage_unless_its_end_is_there(bool hasEnd)
    {
        _log.Segment(1, length: Length).Set("a", "1").Set("b", "2").Set("c", "3");
        if (hasEnd)
        {
            _log.End(isClean: true);
        }

        _log.Write(Length);
        var whole = DirectoryBytes.Get(_directory, LogFormat.SegmentName(1));
        for (var length = 0; length < Length; length++)
        {
            DirectoryBytes.Put(_directory, LogFormat.SegmentName(1), whole[..length]);

            var end = Read();

            (end.Damage is null).Should().Be(hasEnd && length >= _log.Ends[^1], $"{length} bytes are left");
        }
    }

    [Fact]
    public void An_empty_segment_that_was_cut_is_damage_too_as_nobody_knows_what_it_held()
    {
        _log.Segment(1).Set("a", "1").End().Write();
        _log.Segment(2, length: Length).Write(Length - 1);

        var damage = Read().Damage!;

        (damage.File, damage.Offset, damage.What).Should().Be(
            (LogFormat.SegmentName(2), Length - 1, "it has no end, and 1 bytes of it are missing, which no crash takes away"));
    }

    private LogEnd Read() => ReadLog.Of(_directory).End;
}
