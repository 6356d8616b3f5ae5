using System.Buffers;
using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Core.Watching;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Durability;

/// <summary>Who is told of a write, and when.</summary>
public sealed class WriteAheadLogTellingTests : IAsyncLifetime, IDisposable
{
    private readonly SimulatedDisk _disk = new();
    private readonly LogGate _syncs;
    private readonly DiskStoreSettings _settings = new();
    private DiskStore _opened = null!;

    public WriteAheadLogTellingTests() => _syncs = new LogGate(_disk);

    private ShardedStore Store => _opened.Store;

    public async Task InitializeAsync()
    {
        _opened = await DiskStore.OpenAsync(_disk, _settings);
        Store.Set("old", "1");
        Store.Set("gone", "2");
        _syncs.Close();
    }

    public async Task DisposeAsync()
    {
        _syncs.Open();
        await _opened.DisposeAsync();
    }

    public void Dispose() => _syncs.Dispose();

    [Fact]
    public async Task A_write_is_acknowledged_when_it_is_synced_and_not_before()
    {
        var writes = new List<Task<WriteResult>> { SetAsync("new"), Store.DeleteAsync(Utf8("gone")).AsTask() };
        var batch = Store.ExecuteAtomicallyAsync(new[] { BatchStep.Set("a"), BatchStep.Set("b") }.ToBatch()).AsTask();

        await _syncs.ReachedAsync();
        writes.Should().OnlyContain(write => !write.IsCompleted);
        batch.IsCompleted.Should().BeFalse();

        _syncs.Open();
        (await Task.WhenAll(writes).WaitAsync(DiskStore.Deadline)).Select(result => result.Revision).Should().Equal(3, 4);
        (await batch.WaitAsync(DiskStore.Deadline)).IsCarriedOut.Should().BeTrue();
        _opened.Log.Watermark.Revision.Should().Be(6);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("get of what was removed")]
    [InlineData("list")]
    [InlineData("count")]
    [InlineData("count of all")]
    [InlineData("batch")]
    [InlineData("atomic batch")]
    [InlineData("condition that does not hold")]
    [InlineData("condition on what was removed")]
    [InlineData("delete of what was removed")]
    public async Task Nothing_that_is_not_synced_is_told(string how)
    {
        var writes = Task.WhenAll(SetAsync("new"), Store.DeleteAsync(Utf8("gone")).AsTask());
        await _syncs.ReachedAsync();

        var telling = TellAsync(how);
        telling.IsCompleted.Should().BeFalse();
        await Store.GetAsync(Utf8("old"), destination: null).AsTask().WaitAsync(DiskStore.Deadline);
        telling.IsCompleted.Should().BeFalse("others are told what is synced meanwhile");

        _syncs.Open();
        await telling.WaitAsync(DiskStore.Deadline);
        await writes.WaitAsync(DiskStore.Deadline);
    }

    [Fact]
    public async Task A_watcher_is_told_when_a_change_is_synced_and_not_before()
    {
        using var watcher = Store.Watch(Filter())!;
        var write = SetAsync("new");
        await _syncs.ReachedAsync();
        watcher.TryRead(out _).Should().Be(WatchReading.Nothing);
        Store.Statistics.Revision.Should().Be(2);
        (await Store.GetSettledRevisionAsync()).Should().Be(2);

        _syncs.Open();
        await write.WaitAsync(DiskStore.Deadline);
        WatchReading reading;
        while ((reading = watcher.TryRead(out _)) == WatchReading.Nothing)
        {
            (await watcher.WaitAsync(DiskStore.Deadline, default)).Should().BeTrue();
        }

        (reading, watcher.Revision).Should().Be((WatchReading.Change, 3));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task That_a_key_has_expired_is_not_told_before_the_write_that_has_it_expire_is_synced(bool isRemoved)
    {
        var (journal, watermark, time) = (new Journal(), new DurableWatermark(), new ManualTime());
        var store = new ShardedStore(time: time);
        store.Attach(journal, watermark);
        var writes = new[] { SetAsync(store, "key"), SetAsync(store, "key", ttlMilliseconds: 50) };
        watermark.Advance(1);
        time.Advance(50);
        if (isRemoved)
        {
            // On a full disk its removal is not written down.
            journal.Answer = ErrorCode.StorageFull;
            store.SweepExpired();
        }

        var read = store.GetAsync(Utf8("key"), destination: null).AsTask();
        read.IsCompleted.Should().BeFalse("after a power cut it would be as it was before");

        watermark.Advance(2);
        (await read.WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.KeyNotFound);
        await Task.WhenAll(writes).WaitAsync(DiskStore.Deadline);
    }

    [Fact]
    public async Task What_is_read_while_it_is_not_told_is_given_to_no_one_should_the_disk_fail()
    {
        var write = SetAsync("new");
        await _syncs.ReachedAsync();
        var destination = new ArrayBufferWriter<byte>();
        var read = Store.GetAsync(Utf8("new"), destination).AsTask();

        _disk.Fail(new DiskFault(DiskOperation.Sync));
        _syncs.Open();

        (await read.WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);
        (await write.WaitAsync(DiskStore.Deadline)).Error.Should().Be(ErrorCode.NotReady);
        destination.WrittenCount.Should().Be(0);
    }

    [Theory]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public async Task In_the_other_modes_everything_is_told_at_once(SyncMode mode)
    {
        var disk = new SimulatedDisk();
        using var syncs = new LogGate(disk);
        await using var opened = await DiskStore.OpenAsync(disk, new DiskStoreSettings { Sync = mode });
        syncs.Close();

        // Each of these would wait, were it to be synced first.
        opened.Store.Set("a", "1").Revision.Should().Be(1);
        opened.Store.Get("a").Revision.Should().Be(1);
        opened.Store.Search().Should().Equal("a");
        opened.Store.Delete("a").Revision.Should().Be(2);
        opened.Store.Count().Should().Be(0);
        opened.Store.Statistics.Revision.Should().Be(2);
        syncs.Open();
    }

    private Task TellAsync(string how) => how switch
    {
        "get" => Store.GetAsync(Utf8("new"), destination: null).AsTask(),
        "get of what was removed" => Store.GetAsync(Utf8("gone"), destination: null).AsTask(),
        "list" => Store.SearchAsync(Filter("o"), new KeyCursor(), 10, new KeyPage()).AsTask(),
        "count" => Store.CountAsync(Filter("x")).AsTask(),
        "count of all" => Store.CountAsync(Filter()).AsTask(),
        "batch" => Task.Run(() => Store.Execute(turn: 100, BatchStep.Get("new"))),
        "atomic batch" => Store.ExecuteAtomicallyAsync(new[] { BatchStep.Get("new") }.ToBatch()).AsTask(),
        "condition that does not hold" => SetAsync("new", condition: WriteCondition.Absent),
        "condition on what was removed" => SetAsync("gone", condition: WriteCondition.Exists),
        _ => Store.DeleteAsync(Utf8("gone")).AsTask(),
    };

    private Task<WriteResult> SetAsync(string key, WriteCondition condition = default) => SetAsync(Store, key, condition: condition);

    private static Task<WriteResult> SetAsync(ShardedStore store, string key, int ttlMilliseconds = 0, WriteCondition condition = default) => store.SetAsync(
        Utf8(key),
        new ReadOnlySequence<byte>(Utf8("value")),
        new SetOptions(Ttl: ttlMilliseconds == 0 ? null : TimeSpan.FromMilliseconds(ttlMilliseconds), Condition: condition)).AsTask();

    /// <summary>Says that it has read everything.</summary>
    private sealed class Journal : IJournal
    {
        public ErrorCode Answer { get; set; }

        public long Position => long.MaxValue;

        public ErrorCode TryTake(int count, long bytes) => Answer;

        public void WaitUntilRead(long revision)
        {
        }
    }
}
