using System.Globalization;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Watching;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Faults;

/// <summary>The power goes while many write, read, watch and take snapshots at once: the order is not the same twice, and what is promised is.</summary>
public sealed class ManyWritersCrashTests
{
    private const int Writers = 6;

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    public async Task What_many_were_told_is_there_after_a_cut_at_any_time(SyncMode mode)
    {
        var settings = new DiskStoreSettings { Sync = mode };
        for (var round = 1; round <= 40; round++)
        {
            var disk = new SimulatedDisk();
            var told = new Told();
            await RunAsync(disk, settings, told, stopAt: 20 + (round * 11));
            foreach (var cut in Cut.Some(seed: (ulong)round, randoms: 2))
            {
                await CheckAsync(disk.PowerCut(cut), settings, told, $"round {round}, {cut}");
            }

            await CheckAsync(disk.Kill(), settings, told, $"round {round}, kill");
        }
    }

    private static async Task RunAsync(SimulatedDisk disk, DiskStoreSettings settings, Told told, long stopAt)
    {
        await using var opened = await DiskStore.OpenAsync(disk, settings);
        using var watcher = opened.Store.Watch(Filter())!;
        disk.StopAt(disk.Operations + stopAt);
        var snapshots = Task.Run(async () =>
        {
            while (!disk.IsStopped)
            {
                try
                {
                    await opened.Durable.SnapshotAsync();
                }
                catch (Exception failure) when (failure is IOException or StorageFailedException)
                {
                    // The power is off, or about to be.
                }
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(opened.Store, writer, told))).Append(snapshots))
            .WaitAsync(DiskStore.Deadline);
        while (watcher.TryRead(out var change) == WatchReading.Change)
        {
            told.Revision(change.Revision);
        }
    }

    /// <summary>Counts up in keys of its own: now in one write, now in an atomic batch of two that are to stay equal.</summary>
    private static async Task WriteAsync(ShardedStore store, int writer, Told told)
    {
        for (var count = 1; ; count++)
        {
            var value = string.Create(CultureInfo.InvariantCulture, $"{count} {new string('v', (count * 37) % 900)}");
            told.Begun[writer] = count;
            try
            {
                var isSingle = count % 3 != 0;
                var (error, revision) = isSingle
                    ? Of(await store.SetAsync(Utf8($"single{writer}"), new System.Buffers.ReadOnlySequence<byte>(Utf8(value))))
                    : ((await store.ExecuteAtomicallyAsync(new[] { BatchStep.Set($"left{writer}", value), BatchStep.Set($"right{writer}", value) }.ToBatch())).Refusal, 0);
                if (error == ErrorCode.NotReady)
                {
                    return;
                }

                error.Should().Be(ErrorCode.None);
                told.Revision(revision);
                (isSingle ? told.Single : told.Pair)[writer] = count;
                var read = await store.GetAsync(Utf8($"single{(writer + 1) % Writers}"), destination: null);
                told.Revision(read.Revision);
            }
            catch (StorageFailedException)
            {
                return;
            }
        }

        static (ErrorCode, long) Of(WriteResult result) => (result.Error, result.Revision);
    }

    private static async Task CheckAsync(SimulatedDisk disk, DiskStoreSettings settings, Told told, string when)
    {
        await using var opened = await DiskStore.OpenAsync(disk, settings);
        StoreIntegrity.Check(opened.Store);
        if (settings.Sync == SyncMode.Always)
        {
            opened.Found.LastRevision.Should().BeGreaterThanOrEqualTo(told.LastRevision, when);
        }

        for (var writer = 0; writer < Writers; writer++)
        {
            var (single, left, right) = (Count(opened.Store, $"single{writer}"), Count(opened.Store, $"left{writer}"), Count(opened.Store, $"right{writer}"));
            left.Should().Be(right, $"a batch is whole ({when})");
            Math.Max(single, left).Should().BeLessThanOrEqualTo(told.Begun[writer], when);
            if (settings.Sync == SyncMode.Always)
            {
                single.Should().BeGreaterThanOrEqualTo(told.Single[writer], when);
                left.Should().BeGreaterThanOrEqualTo(told.Pair[writer], when);
            }
        }
    }

    private static int Count(ShardedStore store, string key)
    {
        store.Get(key, out var value);
        return value.Length == 0 ? 0 : int.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private sealed class Told
    {
        private long _lastRevision;

        public int[] Begun { get; } = new int[Writers];

        public int[] Single { get; } = new int[Writers];

        public int[] Pair { get; } = new int[Writers];

        public long LastRevision => Volatile.Read(ref _lastRevision);

        public void Revision(long revision)
        {
            for (long seen; (seen = LastRevision) < revision;)
            {
                Interlocked.CompareExchange(ref _lastRevision, revision, seen);
            }
        }
    }
}
