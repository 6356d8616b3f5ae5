using System.Runtime.InteropServices;
using System.Text;
using KvStore.Core.Changes;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Changes;

public sealed class ChangeLogTests : IDisposable
{
    private readonly ChangeLog _log = new(new ChangeLogLimits(WindowBytes: 65_536, WindowRecords: 1_024));
    private readonly ChangeBuffer _change = new();

    public void Dispose() => _change.Dispose();

    [Fact]
    public void A_change_is_read_as_it_was_appended()
    {
        Append("key", ChangeKind.Delete);

        _log.Read(1, _change).Should().Be(ChangeReading.Found);
        (_change.Kind, Encoding.UTF8.GetString(_change.Key), _change.Timestamp, _change.HasMore)
            .Should().Be((ChangeKind.Delete, "key", 1_000, false));
    }

    [Fact]
    public void Nothing_is_read_beyond_the_last_change()
    {
        Append("a");

        _log.Read(2, _change).Should().Be(ChangeReading.NotYet);
        (_log.LastRevision, _log.PublishedRevision, _log.OldestRevision).Should().Be((1, 1, 1));
    }

    [Fact]
    public void No_reader_passes_a_change_that_is_not_published()
    {
        var first = Reserve("a");
        Append("b");

        _log.Read(1, _change).Should().Be(ChangeReading.NotYet);
        _log.PublishedRevision.Should().Be(0);

        _log.Append(first, ChangeKind.Delete, 0, "a"u8, default);
        _log.PublishedRevision.Should().Be(2);
    }

    [Fact]
    public void A_reader_does_not_keep_a_long_changes_memory_for_the_short_ones_after_it()
    {
        var log = new ChangeLog(new ChangeLogLimits(WindowBytes: 262_144));
        foreach (var length in (int[])[100_000, 70_000, 5])
        {
            log.Append(log.Reserve(1, ChangeRecord.Size(length, 0)), ChangeKind.Delete, timestamp: 0, new byte[length], record: default);
        }

        KeptAfter(log, 1).Should().BeGreaterThan(100_000);
        KeptAfter(log, 2).Should().BeGreaterThan(70_000);
        KeptAfter(log, 3).Should().BeLessThan(1_000);
        _change.Key.ToArray().Should().Equal(new byte[5]);
    }

    [Theory]
    [InlineData(10, 1_024)]
    [InlineData(1_000, 64)]
    [InlineData(5_000, 13)]
    public void The_window_holds_the_latest_changes(int keyLength, int held)
    {
        var key = new string('k', keyLength);
        for (var i = 0; i < 3_000; i++)
        {
            Append(key);
        }

        (_log.OldestRevision, _log.LastRevision).Should().Be((3_000 - held + 1, 3_000));
        _log.Read(3_000 - held, _change).Should().Be(ChangeReading.Gone);
        _log.Read(3_000 - held + 1, _change).Should().Be(ChangeReading.Found);
        _change.Key.Length.Should().Be(keyLength);
        _log.WindowBytes.Should().BeLessThanOrEqualTo(65_536);
    }

    [Fact]
    public void A_key_can_be_read_without_the_record()
    {
        var record = new byte[10_000];
        var slot = _log.Reserve(1, ChangeRecord.Size(1, record.Length));
        _log.Append(slot, ChangeKind.Set, 0, "k"u8, record);

        _log.Read(1, _change, isKeyEnough: true).Should().Be(ChangeReading.Found);
        (_change.Key.Length, _change.TryGetRecord(out _)).Should().Be((1, false));
    }

    [Fact]
    public void A_group_is_seen_whole_or_not_at_all()
    {
        var size = ChangeRecord.Size(1, 0);
        var slot = _log.Reserve(2, 2 * size);
        var second = slot.After(size);
        _log.Write(slot, ChangeKind.Delete, hasMore: true, 0, "a"u8, default);
        _log.Write(second, ChangeKind.Delete, hasMore: false, 0, "b"u8, default);
        _log.Publish(second, ChangeRecord.Size(1, 0));
        _log.Read(1, _change).Should().Be(ChangeReading.NotYet);

        _log.Publish(slot, ChangeRecord.Size(1, 0));
        _log.Read(1, _change).Should().Be(ChangeReading.Found);
        _change.HasMore.Should().BeTrue();
        _log.Read(2, _change).Should().Be(ChangeReading.Found);
        _change.HasMore.Should().BeFalse();
    }

    [Fact]
    public async Task Whoever_waits_is_woken_by_the_next_change()
    {
        Append("a");
        var wait = _log.WaitBeyondAsync(1);
        wait.IsCompleted.Should().BeFalse();

        Append("b");
        await wait;
        _log.WaitBeyondAsync(1).IsCompleted.Should().BeTrue("there is one already");
    }

    private int KeptAfter(ChangeLog log, long revision)
    {
        log.Read(revision, _change).Should().Be(ChangeReading.Found);
        MemoryMarshal.TryGetArray(_change.Last(0), out var array);
        return array.Array!.Length;
    }

    private ChangeSlot Reserve(string key) => _log.Reserve(1, ChangeRecord.Size(key.Length, 0));

    private void Append(string key, ChangeKind kind = ChangeKind.Delete) =>
        _log.Append(Reserve(key), kind, timestamp: 1_000, Encoding.UTF8.GetBytes(key), default);
}
