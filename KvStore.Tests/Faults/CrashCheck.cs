using System.Globalization;
using KvStore.Core.Durability;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>Has something happen to a store at each point of a workload, and checks what comes back.</summary>
/// <remarks>
/// <para>After whatever happens: 1. recovery succeeds; 2. the store is what it was after one of its revisions, keys, values, index and counts; 3. no atomic
/// batch is there in part; 4. that revision is none before the last that was acknowledged, read or watched, where the mode promises that; 5. the history is
/// a new one where revisions may be lost that someone knows of, and else the old one; 6. the store goes on, and the same holds for the next crash.</para>
/// <para>The same whether the store is right or a fault is planted in it: then it must throw a <see cref="CrashViolationException"/>.</para>
/// </remarks>
internal sealed partial class CrashCheck(CrashWorkload workload, SyncMode mode = SyncMode.Always, PlantedFault fault = PlantedFault.None)
{
    private const ulong Seed = 20_260_101;

    private readonly DiskStoreSettings _settings = workload.Settings(mode, fault);

    /// <summary>The power goes before an operation, with each of some cuts; and after some of those again.</summary>
    /// <param name="every">1 = before each operation; 2 = before every other; and so on.</param>
    /// <param name="randoms">How many random cuts beside the plain ones.</param>
    public async Task PowerCutsAsync(int every, int randoms)
    {
        await foreach (var point in PointsAsync(every))
        {
            foreach (var (index, cut) in Cut.Some(Seed + (ulong)point.Operation, randoms).Index())
            {
                // Going on is dear: after one cut at each point, and after all of them in a full sweep.
                var goesOn = Sweep.IsFull || index == point.Operation % (5 + randoms);
                await ExpectAsync(point, cut.Name, () => CheckAsync(() => point.Disk.PowerCut(cut), point.State, isKilled: false, goesOn));
            }
        }
    }

    /// <summary>The process is killed before an operation, and what it wrote stays with the system; later the power goes as well.</summary>
    public async Task KillsAsync(int every)
    {
        await foreach (var point in PointsAsync(every))
        {
            await ExpectAsync(point, "kill", () => CheckAsync(point.Disk.Kill, point.State, isKilled: true, goesOn: true));
        }
    }

    /// <summary>The power goes in the middle of a write, after each of its bytes.</summary>
    /// <param name="most">Of longer writes only so many places are tried.</param>
    public async Task TornWritesAsync(int most)
    {
        await foreach (var point in PointsAsync(every: 1))
        {
            var length = point.Disk.UnsyncedLastWrite;
            for (var bytes = 0; bytes < length; bytes += 1 + (length / most))
            {
                var cut = Cut.TearLastWrite(bytes);
                await ExpectAsync(point, cut.Name, () => CheckAsync(() => point.Disk.PowerCut(cut), point.State, isKilled: false, goesOn: false));
            }
        }
    }

    /// <summary>The power goes once, and then before each operation of the recovery: it brings back the same.</summary>
    /// <param name="every">How many of the points of the workload are tried.</param>
    public async Task RecoveryCutsAsync(int every)
    {
        await foreach (var point in PointsAsync(every))
        {
            foreach (var cut in (Cut[])[Cut.KeepAll, Cut.Random(Seed + (ulong)point.Operation)])
            {
                await ExpectAsync(point, $"{cut}, and again in recovery", () => CheckCutRecovery(point.Disk.PowerCut(cut), point.State));
            }
        }
    }

    private IAsyncEnumerable<CrashPoint<CrashRun>> PointsAsync(int every) =>
        CrashPoints.OfAsync(() => PlantedFaults.Disk(fault), () => new CrashRun(), RunAsync, every);

    private async Task RunAsync(SimulatedDisk disk, CrashRun run)
    {
        disk.OnOperation = run.Note;
        await using var session = new CrashSession(disk, run, _settings);
        await workload.RunAsync(session);
    }

    private async Task ExpectAsync(CrashPoint<CrashRun> point, string what, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (Exception violation)
        {
            throw new CrashViolationException(string.Create(
                CultureInfo.InvariantCulture, $"{workload}, mode {mode}, before operation {point.Operation}, {what} ({point.State}): {violation.Message}"), violation);
        }
    }

    private async Task<long> CheckAsync(Func<SimulatedDisk> crash, CrashRun run, bool isKilled, bool goesOn)
    {
        var (revision, historyId) = Recover(crash(), run, isKilled);
        if (goesOn)
        {
            var disk = crash();
            var next = run.After(revision, historyId);
            await GoOnAsync(disk, next);
            foreach (var cut in (Cut[])[Cut.LoseAll, Cut.Random(Seed)])
            {
                Recover(disk.PowerCut(cut), next, isKilled: false);
            }
        }

        return revision;
    }

    /// <summary>Writes some more.</summary>
    private async Task GoOnAsync(SimulatedDisk disk, CrashRun run)
    {
        await using var session = new CrashSession(disk, run, _settings);
        await session.OpenAsync();
        foreach (var key in run.History.ExpiredAt(run.History.LastRevision, run.Time.UnixMilliseconds))
        {
            await session.SweepAsync(key);
        }

        await session.SetAsync("again", Math.Min(1_000, workload.MaxValueBytes));
        await session.BatchAsync(20, ["a", "again"]);
        await session.DeleteAsync("a");
        await session.ReadAllAsync();

        // So that it is no stop in good order.
        disk.Stop();
    }

    /// <summary>Recovers a disk, and checks what comes of it.</summary>
    private (long Revision, string HistoryId) Recover(SimulatedDisk disk, CrashRun run, bool isKilled)
    {
        using var directory = PlantedFaults.Plant(fault, disk.Open());
        if (StoreIdentity.Find(directory) is null)
        {
            run.Floor(mode, isKilled).Should().Be(0, "there is no store, so none can have told anyone of a write");
            return (0, run.HistoryId ?? "");
        }

        var store = (_settings with { Time = run.Time }).NewStore();
        var found = Recovery.Run(directory, store, workers: 1);
        var revision = found.LastRevision;
        revision.Should().BeInRange(run.Floor(mode, isKilled), run.History.LastRevision, "what was told is there, and nothing that was not written");
        run.History.IsWhole(revision).Should().BeTrue($"revision {revision} ends its atomic batch");
        CheckHistoryId(found, run);
        CheckContent(store, run.History.At(revision, run.Time.UnixMilliseconds));
        return (revision, found.HistoryId.ToString("n"));
    }

    private static void CheckContent(ShardedStore store, IReadOnlyDictionary<string, StoredValue> expected)
    {
        var content = DirectoryBytes.Content(store);
        content.Keys.Order(StringComparer.Ordinal).Should().Equal(expected.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, value) in content)
        {
            // Not by a matcher of objects, which would take most of the time.
            (value == expected[key]).Should().BeTrue($"'{key}' is as it was written by revision {expected[key].Revision}");
        }

        store.Count().Should().Be(expected.Count);
        StoreIntegrity.Check(store);
    }

    private void CheckHistoryId(RecoveryResult found, CrashRun run)
    {
        if (run.HistoryId is null)
        {
            return;
        }

        var isSame = found.HistoryId.ToString("n") == run.HistoryId;
        if (mode == SyncMode.Always || run.IsStopped)
        {
            isSame.Should().BeTrue("no one knows of a revision that may be lost");
        }
        else if (run.IsWrittenTo && !run.IsStopping)
        {
            isSame.Should().BeFalse("someone may know of a revision that is lost");
        }
    }

    private Task CheckCutRecovery(SimulatedDisk crashed, CrashRun run)
    {
        var (expected, _) = Recover(crashed.PowerCut(Cut.LoseAll), run, isKilled: false);
        foreach (var point in CrashPoints.Of(() => crashed.PowerCut(Cut.LoseAll), () => 0, (disk, _) => RunRecovery(disk)))
        {
            foreach (var cut in Cut.Some(Seed + (ulong)point.Operation, randoms: 2))
            {
                Recover(point.Disk.PowerCut(cut), run, isKilled: false).Revision.Should().Be(expected, $"recovery was cut before its operation {point.Operation} ({cut})");
            }
        }

        // Each recovery gets one operation further than the one before, and goes on with what that has left.
        var unlucky = crashed.PowerCut(Cut.LoseAll);
        for (var operation = 1; ; operation++)
        {
            unlucky.StopAt(operation);
            try
            {
                RunRecovery(unlucky);
            }
            catch (IOException) when (unlucky.IsStopped)
            {
                // Then again.
            }

            if (!unlucky.IsStopped)
            {
                break;
            }

            unlucky = unlucky.PowerCut(Cut.Random(Seed + (ulong)operation));
        }

        Recover(unlucky.PowerCut(Cut.LoseAll), run, isKilled: false).Revision.Should().Be(expected, "recovery was cut again and again");
        return Task.CompletedTask;
    }

    private void RunRecovery(SimulatedDisk disk)
    {
        using var directory = PlantedFaults.Plant(fault, disk.Open());
        if (StoreIdentity.Find(directory) is not null)
        {
            Recovery.Run(directory, _settings.NewStore(), workers: 1);
        }
    }
}

/// <summary>A store did not come back as it must.</summary>
internal sealed class CrashViolationException(string message, Exception cause) : Exception(message, cause);
