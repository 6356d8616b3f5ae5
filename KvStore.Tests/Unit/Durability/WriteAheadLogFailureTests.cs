using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Durability;

/// <summary>A disk that fails: that is final.</summary>
public sealed class WriteAheadLogFailureTests : IAsyncLifetime, IDisposable
{
    private readonly SimulatedDisk _disk = new();
    private readonly LogGate _syncs;
    private DiskStore _opened = null!;

    public WriteAheadLogFailureTests() => _syncs = new LogGate(_disk);

    private ShardedStore Store => _opened.Store;

    public async Task InitializeAsync()
    {
        _opened = await DiskStore.OpenAsync(_disk);
        Store.Set("a", "1");
        Store.Set("b", "2");
        _opened.Settle();
    }

    public async Task DisposeAsync()
    {
        _syncs.Open();
        await _opened.DisposeAsync();
    }

    public void Dispose() => _syncs.Dispose();

    [Fact]
    public async Task Who_waits_for_a_sync_that_fails_is_told_that_the_store_is_not_ready()
    {
        _syncs.Close();
        var (set, delete) = (SetAsync("new"), Store.DeleteAsync(Utf8("b")).AsTask());
        var batch = Store.ExecuteAtomicallyAsync(new[] { BatchStep.Set("c") }.ToBatch()).AsTask();
        var (read, missing, count) = (GetAsync("new"), GetAsync("b"), Store.CountAsync(Filter()).AsTask());
        await _syncs.ReachedAsync();

        _disk.Fail(new DiskFault(DiskOperation.Sync));
        _syncs.Open();

        (await set.WaitAsync(DiskStore.Deadline)).Should().Be(new WriteResult(ErrorCode.NotReady));
        (await delete.WaitAsync(DiskStore.Deadline)).Should().Be(new WriteResult(ErrorCode.NotReady));
        (await read.WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);
        (await missing.WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);
        await FluentActions.Awaiting(() => batch.WaitAsync(DiskStore.Deadline)).Should().ThrowAsync<StorageFailedException>();
        await FluentActions.Awaiting(() => count.WaitAsync(DiskStore.Deadline)).Should().ThrowAsync<StorageFailedException>();
    }

    [Theory]
    [InlineData((int)DiskOperation.Write)]
    [InlineData((int)DiskOperation.Sync)]
    public async Task After_a_failure_what_is_durable_is_read_and_nothing_else(int operation)
    {
        _disk.Fail(new DiskFault((DiskOperation)operation));
        (await SetAsync("a").WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);
        _disk.ClearFaults();

        // Though the disk would work again: nothing is known of what it has kept.
        Store.Set("b").Error.Should().Be(ErrorCode.NotReady);
        Store.Delete("b").Error.Should().Be(ErrorCode.NotReady);
        Store.Get("b", out var value).Revision.Should().Be(2);
        value.Should().Be("2");
        Store.Get("no such key").Error.Should().Be(ErrorCode.KeyNotFound);
        Store.Get("a").Error.Should().Be(ErrorCode.NotReady, "its newest value is not durable, and its old one is gone");
        FluentActions.Invoking(() => Store.Search()).Should().Throw<StorageFailedException>();
        FluentActions.Invoking(() => Store.Count("x")).Should().Throw<StorageFailedException>();
        FluentActions.Invoking(() => Store.Execute(turn: 1, BatchStep.Get("a"))).Should().Throw<StorageFailedException>();
        await FluentActions.Awaiting(() => _opened.Durable.SnapshotAsync()).Should().ThrowAsync<StorageFailedException>();
        _opened.Durable.Status.Failure.Should().Contain("wal-").And.Contain("Input/output error");
        _opened.Durable.Statistics.DurableRevision.Should().Be(2);
    }

    [Theory]
    [InlineData((int)DiskOperation.Create, DiskFault.InputOutputError)]
    [InlineData((int)DiskOperation.Rename, DiskFault.InputOutputError)]
    [InlineData((int)DiskOperation.SyncNames, DiskFault.InputOutputError)]
    public async Task A_segment_that_cannot_be_made_is_a_failure_too(int operation, int errno)
    {
        _disk.Fail(new DiskFault((DiskOperation)operation) { Errno = errno });
        WriteResult result;
        var revision = 2L;
        while ((result = await SetAsync("a", bytes: 1_500).WaitAsync(DiskStore.Deadline)).Error == ErrorCode.None)
        {
            result.Revision.Should().Be(++revision);
        }

        result.Error.Should().Be(ErrorCode.NotReady);
        _disk.ClearFaults();
        Store.Set("b").Error.Should().Be(ErrorCode.NotReady);
        Store.Has("b").Should().BeTrue();

        // Acknowledged, or on its way when the failure came.
        await using var again = await DiskStore.OpenAsync(_disk.PowerCut(Cut.LoseAll));
        again.Found.LastRevision.Should().BeInRange(revision, revision + 1);
    }

    [Fact]
    public async Task A_disk_that_fails_from_the_start_is_read_and_brings_no_process_down()
    {
        await _opened.StopAsync();
        for (var round = 0; round < 30; round++)
        {
            var disk = _disk.Kill();
            disk.Fail(new DiskFault(DiskOperation.Create) { Forever = true });
            await using var again = await DiskStore.OpenAsync(disk);
            DiskStore.Until(() => again.Durable.Status.Failure is not null);
            again.Store.Set("a").Error.Should().Be(ErrorCode.NotReady);
            again.Store.Get("a").Revision.Should().Be(1);
            again.Store.Count().Should().Be(2);
        }
    }

    [Fact]
    public async Task A_start_after_a_failed_sync_keeps_what_it_shows()
    {
        _disk.Fail(new DiskFault(DiskOperation.Sync));
        (await SetAsync("c").WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);

        // The system still has in memory what has not come to the disk, and holds it for written.
        await using var again = await DiskStore.OpenAsync(_disk.Kill());
        again.Store.Search().Should().Equal("a", "b", "c");
        again.Store.Set("d").Revision.Should().Be(4);

        await using var third = await DiskStore.OpenAsync(again.Disk.PowerCut(Cut.LoseAll));
        third.Store.Search().Should().Equal("a", "b", "c", "d");
    }

    [Fact]
    public async Task A_start_after_a_stop_that_could_not_be_synced_keeps_what_it_shows()
    {
        var disk = new SimulatedDisk();
        var opened = await DiskStore.OpenAsync(disk, new DiskStoreSettings { Sync = SyncMode.Never });
        opened.Store.Set("a");
        opened.Settle();
        disk.Fail(new DiskFault(DiskOperation.Sync));
        await opened.DisposeAsync();

        await using var again = await DiskStore.OpenAsync(disk.Kill());
        again.Store.Set("b").Revision.Should().Be(2);
        await using var third = await DiskStore.OpenAsync(again.Disk.PowerCut(Cut.LoseAll));
        third.Store.Search().Should().Equal("a", "b");
    }

    private Task<WriteResult> SetAsync(string key, int bytes = 5) =>
        Store.SetAsync(Utf8(key), new System.Buffers.ReadOnlySequence<byte>(new byte[bytes])).AsTask();

    private Task<ReadResult> GetAsync(string key) => Store.GetAsync(Utf8(key), destination: null).AsTask();
}
