using KvStore.Core.Durability;

namespace KvStore.Tests.Faults;

/// <summary>The checks that judge the store, judged themselves: with a fault in the store, each of them finds it.</summary>
public sealed class PlantedFaultTests
{
    [Theory]
    [InlineData((int)PlantedFault.NoSync)]
    [InlineData((int)PlantedFault.NoNamesSync)]
    [InlineData((int)PlantedFault.AcknowledgedBeforeSync)]
    [InlineData((int)PlantedFault.NoChecksum)]
    public Task A_fault_in_the_store_is_found_by_cuts_of_the_power(int fault) =>
        ExpectViolation(new CrashCheck(CrashWorkload.Rotation, SyncMode.Always, (PlantedFault)fault).PowerCutsAsync(every: 1, randoms: 3));

    [Fact]
    public Task Checksums_that_no_one_looks_at_are_found_by_torn_writes() =>
        ExpectViolation(new CrashCheck(CrashWorkload.Few, SyncMode.Always, PlantedFault.NoChecksum).TornWritesAsync(most: 120));

    [Fact]
    public Task Errors_of_syncs_that_no_one_looks_at_are_found_by_failing_syncs() =>
        ExpectViolation(new CrashCheck(CrashWorkload.Rotation, SyncMode.Always, PlantedFault.SyncErrorIgnored)
            .FailuresAsync(DiskOperation.Sync, DiskFault.InputOutputError, every: 1));

    private static async Task ExpectViolation(Task check) =>
        await FluentActions.Awaiting(() => check).Should().ThrowAsync<CrashViolationException>();
}
