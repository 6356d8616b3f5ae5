using System.Text;
using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Changes;

/// <summary>A change log with someone who writes it down.</summary>
public sealed class ChangeLogJournalTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ChangeLog _log = new(new ChangeLogLimits(WindowBytes: 4_096, WindowRecords: 16));
    private readonly Journal _journal = new();
    private readonly ChangeBuffer _change = new();

    public void Dispose() => _change.Dispose();

    [Fact]
    public void What_the_journal_refuses_takes_no_revision_and_no_room()
    {
        _log.Attach(_journal, isHeldBack: false);
        _journal.Answer = ErrorCode.StorageFull;
        _log.Reserve(3, 100, out _).Should().Be(ErrorCode.StorageFull);

        (_log.LastRevision, _log.WindowBytes).Should().Be((0, 0));
        _journal.Answer = ErrorCode.None;
        Append("a");
        _log.LastRevision.Should().Be(1);
        _journal.Taken.Should().Equal((3, 100), (1, ChangeRecord.Size(1, 0)));
    }

    [Fact]
    public void What_is_held_back_is_the_journals_to_read_and_no_one_elses_until_it_is_released()
    {
        _log.Attach(_journal, isHeldBack: true);
        var (readers, journal) = (_log.WaitBeyondAsync(0), _log.WaitBeyondForJournalAsync(0));
        Append("a");
        Append("b");

        journal.Wait(Deadline).Should().BeTrue();
        _log.TryView(2, out var first, out _).Should().BeTrue();
        first.IsEmpty.Should().BeFalse();
        (readers.IsCompleted, _log.PublishedRevision, _log.Read(1, _change)).Should().Be((false, 0, ChangeReading.NotYet));

        _log.Release(1);
        readers.Wait(Deadline).Should().BeTrue();
        (_log.PublishedRevision, _log.Read(1, _change), _log.Read(2, _change)).Should().Be((1, ChangeReading.Found, ChangeReading.NotYet));
    }

    [Fact]
    public void A_change_that_lies_across_the_windows_end_is_viewed_in_two_pieces()
    {
        _log.Attach(_journal, isHeldBack: false);
        var isSplit = false;
        for (var i = 1; i <= 40; i++)
        {
            var key = new string((char)('a' + (i % 26)), 300);
            Append(key);
            _log.TryView(i, out var first, out var second).Should().BeTrue();
            isSplit |= !second.IsEmpty;
            Encoding.UTF8.GetString([.. first, .. second])[ChangeRecord.HeaderBytes..].Should().Be(key);
        }

        isSplit.Should().BeTrue();
        _log.TryView(41, out _, out _).Should().BeFalse();
    }

    [Fact]
    public async Task A_writer_who_would_take_the_place_of_what_is_not_written_down_waits_for_that()
    {
        _log.Attach(_journal, isHeldBack: false);
        _journal.MoveTo(0);
        for (var i = 0; i < 16; i++)
        {
            Append("k");
        }

        var writing = Task.Run(() => Append("late"));
        _journal.IsAwaited.Wait(Deadline).Should().BeTrue();
        writing.IsCompleted.Should().BeFalse();
        _log.TryView(1, out _, out _).Should().BeTrue("it is still there");

        _journal.MoveTo(1);
        await writing.WaitAsync(Deadline);
        _log.OldestRevision.Should().Be(2);
    }

    [Fact]
    public void The_hub_waits_where_changes_are_gone_before_anyone_may_be_told()
    {
        _log.Attach(_journal, isHeldBack: true);
        var hub = new WatchHub(_log);
        using var watcher = hub.TryAdd(default, since: null)!;
        for (var i = 0; i < 40; i++)
        {
            Append("k");
        }

        // It told the same nothing for ever, as fast as it could.
        TryTellSlice(hub).Should().BeFalse();
        watcher.TryRead(out _).Should().Be(WatchReading.Nothing);

        _log.Release(40);
        SpinWait.SpinUntil(() => watcher.TryRead(out _) != WatchReading.Nothing, Deadline).Should().BeTrue();
        watcher.TryRead(out _).Should().Be(WatchReading.FellBehind);
    }

    private void Append(string key) => _log.Append(
        _log.Reserve(1, ChangeRecord.Size(key.Length, 0)), ChangeKind.Delete, timestamp: 0, Encoding.UTF8.GetBytes(key), record: default);

    [System.Runtime.CompilerServices.UnsafeAccessor(System.Runtime.CompilerServices.UnsafeAccessorKind.Method, Name = "TryTellSlice")]
    private static extern bool TryTellSlice(WatchHub hub);

    /// <summary>Says yes, and that it has read everything, unless it is told otherwise.</summary>
    private sealed class Journal : IJournal
    {
        private long _position = long.MaxValue;

        public ErrorCode Answer { get; set; }

        public List<(int Count, long Bytes)> Taken { get; } = [];

        public ManualResetEventSlim IsAwaited { get; } = new();

        public long Position => Volatile.Read(ref _position);

        public ErrorCode TryTake(int count, long bytes)
        {
            Taken.Add((count, bytes));
            return Answer;
        }

        public void WaitUntilRead(long revision)
        {
            IsAwaited.Set();
            SpinWait.SpinUntil(() => Position >= revision, Deadline).Should().BeTrue();
        }

        public void MoveTo(long revision) => Volatile.Write(ref _position, revision);
    }
}
