using System.Globalization;
using KvStore.Core.Errors;

namespace KvStore.Tests.Faults;

/// <content>A disk that fails and does not lose its power.</content>
internal sealed partial class CrashCheck
{
    /// <summary>The first operation of a kind fails, or the second, and so on. Nobody waits for ever; what was told survives the power going right after, and a
    /// start without that, which may find in memory what never came to the disk.</summary>
    /// <param name="operation">The kind.</param>
    /// <param name="errno">How it fails.</param>
    /// <param name="every">1 = each of them; 2 = every other; and so on.</param>
    public async Task FailuresAsync(DiskOperation operation, int errno, int every)
    {
        for (var nth = 1; ; nth += every)
        {
            var disk = PlantedFaults.Disk(fault);
            var run = new CrashRun();
            disk.Fail(new DiskFault(operation, nth) { Errno = errno, Part = operation == DiskOperation.Write ? 100 * (nth % 3) : nth % 3 });
            var what = string.Create(CultureInfo.InvariantCulture, $"{operation} {nth} failed with {errno}");
            var point = new CrashPoint<CrashRun>(0, disk, run);
            await ExpectAsync(point, what, () => RunOnFailingAsync(disk, run));
            if (disk.Count(operation) < nth)
            {
                return;
            }

            disk.ClearFaults();
            foreach (var cut in Cut.Some(Seed + (ulong)nth, randoms: 1))
            {
                await ExpectAsync(point, $"{what}, {cut}", () => CheckAsync(() => disk.PowerCut(cut), run, isKilled: false, goesOn: false));
            }

            // Where the names could not be kept, no file system goes on as if nothing had happened: there is no start without a new mount.
            if (operation != DiskOperation.SyncNames)
            {
                await ExpectAsync(point, $"{what}, kill", () => CheckAsync(disk.Kill, run, isKilled: false, goesOn: true));
            }
        }
    }

    private async Task RunOnFailingAsync(SimulatedDisk disk, CrashRun run)
    {
        disk.OnOperation = run.Note;
        await using var session = new CrashSession(disk, run, _settings);
        try
        {
            await workload.RunAsync(session);
        }
        catch (StoreStoppedException)
        {
            await session.ReadAllAsync();
        }
        catch (Exception failure) when (failure is IOException or StorageFailedException)
        {
            // It did not start, and said why.
        }

        // So that nothing of its end is seen as a stop in good order.
        disk.Stop();
    }
}
