using System.Collections.Concurrent;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>A disk that has no room for the next segment.</summary>
public sealed class WriteAheadLogFullDiskTests : IAsyncLifetime
{
    private readonly SimulatedDisk _disk = new();
    private readonly Observer _observer = new();
    private readonly DiskStoreSettings _settings;
    private DiskStore _opened = null!;

    public WriteAheadLogFullDiskTests() => _settings = new DiskStoreSettings { Observer = _observer };

    private ShardedStore Store => _opened.Store;

    public async Task InitializeAsync()
    {
        _opened = await DiskStore.OpenAsync(_disk, _settings);
        Store.Set("old", "1");
        Store.SetFor(1_000, "soon", "2");
        _opened.Settle();

        // Nothing more: the segment that was made in advance is filled, and then it is full.
        _disk.Capacity = _disk.Used;
        while (Store.Set("filler", new string('f', 1_000)).Error == ErrorCode.None)
        {
        }
    }

    public async Task DisposeAsync()
    {
        _disk.Capacity = long.MaxValue;
        await _opened.DisposeAsync();
    }

    [Fact]
    public void Writes_are_refused_and_change_nothing()
    {
        var before = Store.Statistics;
        Store.Set("new", new string('n', 1_000)).Should().Be(new WriteResult(ErrorCode.StorageFull));
        Store.Set("old", new string('n', 1_000)).Should().Be(new WriteResult(ErrorCode.StorageFull));
        Store.ExecuteAtomically(BatchStep.Set("a", new string('a', 1_000)), BatchStep.Set("old", "3"), BatchStep.Delete("soon"))
            .Refusal.Should().Be(ErrorCode.StorageFull);
        Store.Execute(turn: 10, BatchStep.Get("old"), BatchStep.Set("new", new string('n', 1_000)))
            .Select(result => result.Result.Error).Should().Equal(ErrorCode.None, ErrorCode.StorageFull);

        Store.Statistics.Should().Be(before);
        Store.Search().Should().Equal("filler", "old", "soon");
        StoreIntegrity.Check(Store);
        _opened.Durable.Status.Should().Match<DurabilityStatus>(status => status.IsFull && status.Failure == null);
    }

    [Fact]
    public void Removals_are_refused_when_the_last_bytes_are_gone()
    {
        FillToTheLast();

        Store.Delete("old").Should().Be(new WriteResult(ErrorCode.StorageFull));
        Store.Get("old", out var value).Revision.Should().Be(1);
        value.Should().Be("1");
    }

    [Fact]
    public void Reads_and_lists_go_on()
    {
        Store.Get("old", out var value).Revision.Should().Be(1);
        value.Should().Be("1");
        Store.Has("no such key").Should().BeFalse();
        Store.Search("o").Should().Equal("old");
        Store.Count().Should().Be(3);
        Store.Execute(turn: 10, BatchStep.Get("old")).Should().ContainSingle().Which.Value.Should().Be("1");
    }

    [Fact]
    public async Task Writes_go_on_by_themselves_when_there_is_room()
    {
        var revision = Store.Statistics.Revision;
        _disk.Capacity = long.MaxValue;
        DiskStore.Until(() => Store.Set("new", new string('n', 1_500)).Error == ErrorCode.None);

        Store.Get("new").Revision.Should().Be(revision + 1);
        _opened.Durable.Status.IsFull.Should().BeFalse();
        _observer.Space.Should().Equal(true, false);
        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll));
        again.Store.Search().Should().Equal("filler", "new", "old", "soon");
    }

    [Fact]
    public async Task A_key_that_expires_without_room_for_that_is_gone_and_stays_so()
    {
        FillToTheLast();
        _settings.Time.Advance(1_000);

        Store.Has("soon").Should().BeFalse();
        Store.Search().Should().Equal("filler", "old");
        StoreIntegrity.Check(Store);
        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll), _settings with { Observer = null });
        again.Store.Search().Should().Equal("filler", "old");
    }

    [Fact]
    public async Task A_full_disk_can_be_stopped_and_started()
    {
        await _opened.StopAsync();
        _opened.Durable.Status.Failure.Should().BeNull();

        var disk = _disk.PowerCut(Cut.LoseAll);
        await using var again = await DiskStore.OpenAsync(disk);
        again.Found.IsHistoryNew.Should().BeFalse();
        again.Store.Search().Should().Equal("filler", "old", "soon");
        disk.Capacity = long.MaxValue;
        DiskStore.Until(() => again.Store.Set("new").Error == ErrorCode.None);
    }

    [Fact]
    public async Task A_snapshot_without_room_fails_and_the_store_goes_on()
    {
        await FluentActions.Awaiting(() => _opened.Durable.SnapshotAsync()).Should().ThrowAsync<IOException>();

        Store.Has("old").Should().BeTrue();
        _disk.Capacity = long.MaxValue;
        await _opened.Durable.SnapshotAsync();
        DiskStore.Until(() => Store.Set("new").Error == ErrorCode.None);
        _disk.DurableNames.Should().NotContain(name => name.Contains(".snap.tmp", StringComparison.Ordinal));
    }

    private void FillToTheLast()
    {
        for (var bytes = 512; bytes >= 0; bytes = bytes == 0 ? -1 : bytes / 2)
        {
            while (Store.Set("filler", new string('f', bytes)).Error == ErrorCode.None)
            {
            }
        }
    }

    private sealed class Observer : IDurabilityObserver
    {
        public ConcurrentQueue<bool> Space { get; } = new();

        public void Synced(TimeSpan duration, long changes, long bytes)
        {
        }

        public void SpaceChanged(bool isFull) => Space.Enqueue(isFull);

        public void Failed(Exception exception)
        {
        }
    }
}
