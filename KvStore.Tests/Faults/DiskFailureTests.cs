using KvStore.Core.Durability;

namespace KvStore.Tests.Faults;

/// <summary>The disk fails under a store: see <see cref="CrashCheck"/> for what must hold then.</summary>
public sealed class DiskFailureTests
{
    public static TheoryData<int, int> Failures()
    {
        var failures = new TheoryData<int, int>();
        foreach (var operation in Enum.GetValues<DiskOperation>().Where(operation => operation != DiskOperation.SetLength))
        {
            failures.Add((int)operation, DiskFault.InputOutputError);
            if (operation is not (DiskOperation.Read or DiskOperation.Delete))
            {
                failures.Add((int)operation, DiskFault.NoSpace);
            }
        }

        return failures;
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public Task A_failure_of_any_operation_loses_nothing_that_was_acknowledged_and_hangs_no_one(int operation, int errno) =>
        new CrashCheck(CrashWorkload.Rotation).FailuresAsync((DiskOperation)operation, errno, Sweep.Every(1 + operation % 2));

    [Theory]
    [InlineData((int)DiskOperation.Write)]
    [InlineData((int)DiskOperation.Sync)]
    [InlineData((int)DiskOperation.Rename)]
    public Task A_failure_of_any_operation_leaves_a_moment_of_history_where_writes_are_not_synced(int operation) =>
        new CrashCheck(CrashWorkload.Rotation, SyncMode.Interval).FailuresAsync((DiskOperation)operation, DiskFault.InputOutputError, Sweep.Every(2));
}
