using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Durability;

public sealed class WriteAheadLogTests
{
    private readonly SimulatedDisk _disk = new();

    [Fact]
    public async Task Writes_that_come_during_a_sync_are_synced_together()
    {
        using var syncs = new LogGate(_disk);
        await using var opened = await DiskStore.OpenAsync(_disk);
        syncs.Close();
        var first = SetAsync(opened, "first");
        await syncs.ReachedAsync();
        var others = Enumerable.Range(0, 50).Select(i => SetAsync(opened, $"k{i}")).ToList();

        syncs.Open();
        await first.WaitAsync(DiskStore.Deadline);
        (await Task.WhenAll(others).WaitAsync(DiskStore.Deadline)).Select(result => result.Revision).Should().Equal(Enumerable.Range(2, 50).Select(i => (long)i));
        syncs.Count.Should().Be(2, "one for the first, and one for all that came meanwhile");
    }

    [Fact]
    public async Task A_full_segment_is_followed_by_another_and_nothing_is_lost_between()
    {
        await using (var opened = await DiskStore.OpenAsync(_disk))
        {
            for (var i = 0; i < 40; i++)
            {
                opened.Store.Set($"k{i:00}", new string('v', 1_000));
            }

            opened.Durable.Statistics.Segments.Should().BeGreaterThan(3);
            opened.Durable.Statistics.DurableRevision.Should().Be(40);
        }

        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll));
        again.Store.Count().Should().Be(40);
        again.Found.Should().BeEquivalentTo(new { LastRevision = 40L, Records = 40L, IsHistoryNew = false, TornTail = (string?)null });
    }

    [Fact]
    public async Task Segments_that_a_snapshot_has_made_needless_are_used_again()
    {
        await using var opened = await DiskStore.OpenAsync(_disk);
        var created = 0L;
        for (var round = 0; round < 6; round++)
        {
            // About two segments of log.
            for (var i = 0; i < 16; i++)
            {
                opened.Store.Set($"k{i}", new string('v', 1_000 + round));
            }

            opened.Settle();
            await opened.Durable.SnapshotAsync();
            opened.Settle();
            created = round == 3 ? _disk.Count(DiskOperation.Create) : created;
        }

        (_disk.Count(DiskOperation.Create) - created).Should().BeLessThan(5, "two snapshots are new files, and few segments");
        opened.Durable.Statistics.Segments.Should().BeLessThan(4);
        _disk.DurableNames.Count(name => name.EndsWith(".snap", StringComparison.Ordinal)).Should().Be(1);
    }

    [Fact]
    public async Task In_the_mode_interval_a_sync_comes_once_in_an_interval()
    {
        var settings = new DiskStoreSettings { Sync = SyncMode.Interval };
        using var syncs = new LogGate(_disk);
        await using var opened = await DiskStore.OpenAsync(_disk, settings);
        opened.Store.Set("first");
        DiskStore.Until(() => opened.Log.Watermark.Revision == 1);
        for (var i = 0; i < 20; i++)
        {
            opened.Store.Set("k");
        }

        opened.Settle();
        (syncs.Count, opened.Log.Watermark.Revision).Should().Be((1, 1));

        settings.Time.Advance(1_000);
        DiskStore.Until(() => opened.Log.Watermark.Revision == 21);
        syncs.Count.Should().Be(2);
    }

    [Fact]
    public async Task In_the_mode_never_only_the_end_of_a_segment_is_synced()
    {
        using var syncs = new LogGate(_disk);
        await using var opened = await DiskStore.OpenAsync(_disk, new DiskStoreSettings { Sync = SyncMode.Never });
        opened.Store.Set("small");
        opened.Settle();
        syncs.Count.Should().Be(0);

        for (var i = 0; i < 40; i++)
        {
            opened.Store.Set("k", new string('v', 1_000));
        }

        opened.Settle();
        syncs.Count.Should().Be(opened.Log.Ended.Count - 1, "the first had ended before");
    }

    [Theory]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public async Task A_write_that_is_not_synced_is_soon_with_the_system(SyncMode mode)
    {
        await using var opened = await DiskStore.OpenAsync(_disk, new DiskStoreSettings { Sync = mode });
        opened.Store.Set("a", "1");
        opened.Store.Set("a", "2");
        opened.Settle();

        await using var again = await DiskStore.OpenAsync(_disk.Kill());
        again.Store.Get("a", out var value);
        value.Should().Be("2");
    }

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public async Task A_stop_in_good_order_keeps_everything_and_the_history(SyncMode mode)
    {
        var settings = new DiskStoreSettings { Sync = mode };
        await using var opened = await DiskStore.OpenAsync(_disk, settings);
        for (var i = 0; i < 20; i++)
        {
            opened.Store.Set($"k{i}", new string('v', i * 50));
        }

        await opened.StopAsync();
        opened.Durable.Status.Failure.Should().BeNull();
        opened.Store.Set("late").Error.Should().Be(ErrorCode.NotReady);
        opened.Store.Get("k7").Revision.Should().Be(8, "what is there can still be read");

        var cut = _disk.PowerCut(Cut.LoseAll);
        await using var again = await DiskStore.OpenAsync(cut, settings);
        again.Found.Should().BeEquivalentTo(new { LastRevision = 20L, opened.Found.HistoryId, IsHistoryNew = false });
        again.Store.Count().Should().Be(20);
    }

    [Theory]
    [InlineData(SyncMode.Always, false)]
    [InlineData(SyncMode.Interval, true)]
    [InlineData(SyncMode.Never, true)]
    public async Task A_history_ends_with_a_crash_where_someone_may_know_of_what_is_lost(SyncMode mode, bool isNew)
    {
        var settings = new DiskStoreSettings { Sync = mode };
        await using var opened = await DiskStore.OpenAsync(_disk, settings);
        opened.Store.Set("a");
        opened.Settle();

        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll), settings);
        again.Found.IsHistoryNew.Should().Be(isNew);
        (again.Found.HistoryId != opened.Found.HistoryId).Should().Be(isNew);

        // A life in which nothing is written, stopped in good order, gives no one anything to lose.
        await again.StopAsync();
        await using var third = await DiskStore.OpenAsync(again.Disk.PowerCut(Cut.LoseAll), settings);
        third.Found.Should().BeEquivalentTo(new { IsHistoryNew = false, again.Found.HistoryId });
    }

    [Fact]
    public async Task Writes_that_meet_a_stop_are_answered()
    {
        for (var round = 0; round < 20; round++)
        {
            var opened = await DiskStore.OpenAsync(new SimulatedDisk());
            var acknowledged = 0L;
            var writing = Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
            {
                WriteResult result;
                while ((result = await SetAsync(opened, $"k{writer}")).Error == ErrorCode.None)
                {
                    InterlockedMax(ref acknowledged, result.Revision);
                }

                result.Error.Should().Be(ErrorCode.NotReady);
            })).ToList();
            DiskStore.Until(() => opened.Log.Watermark.Revision > round);
            await opened.StopAsync();
            await Task.WhenAll(writing).WaitAsync(DiskStore.Deadline);
            await opened.DisposeAsync();

            await using var again = await DiskStore.OpenAsync(opened.Disk.PowerCut(Cut.LoseAll));
            again.Found.LastRevision.Should().BeGreaterThanOrEqualTo(acknowledged);
        }
    }

    [Theory]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public async Task Writers_who_are_faster_than_the_disk_wait_and_no_change_is_lost(SyncMode mode)
    {
        using var writes = new LogGate(_disk, DiskOperation.Write);
        await using var opened = await DiskStore.OpenAsync(_disk, new DiskStoreSettings { Sync = mode });
        writes.Close();
        opened.Store.Set("first");
        await writes.ReachedAsync();

        // The window has room for 64 changes that the log has not read.
        var writing = Task.Run(() => Enumerable.Range(0, 1_000).Select(i => opened.Store.Set($"k{i}").Error).Distinct().ToList());
        DiskStore.Until(() => opened.Store.Changes.LastRevision == 65);
        writing.IsCompleted.Should().BeFalse();

        writes.Open();
        (await writing.WaitAsync(DiskStore.Deadline)).Should().Equal(ErrorCode.None);
        await opened.StopAsync();
        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll));
        again.Store.Count().Should().Be(1_001);
        StoreIntegrity.Check(again.Store);
    }

    private static Task<WriteResult> SetAsync(DiskStore opened, string key) =>
        opened.Store.SetAsync(Utf8(key), new System.Buffers.ReadOnlySequence<byte>(Utf8("value"))).AsTask();

    private static void InterlockedMax(ref long place, long value)
    {
        for (long seen; (seen = Volatile.Read(ref place)) < value;)
        {
            Interlocked.CompareExchange(ref place, value, seen);
        }
    }
}
