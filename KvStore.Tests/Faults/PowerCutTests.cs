using KvStore.Core.Durability;

namespace KvStore.Tests.Faults;

/// <summary>The power goes while a store is written: see <see cref="CrashCheck"/> for what must hold then.</summary>
public sealed class PowerCutTests
{
    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public Task A_cut_anywhere_in_the_turn_of_a_segment_and_a_snapshot_loses_nothing_that_was_promised(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Rotation, mode).PowerCutsAsync(every: mode == SyncMode.Always ? 1 : Sweep.Every(3), Sweep.Randoms(3));

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public Task A_cut_in_any_of_a_stores_lives_loses_nothing_that_was_promised(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Everything, mode).PowerCutsAsync(Sweep.Every(7), Sweep.Randoms(2));

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Never)]
    public Task A_cut_between_large_values_loses_nothing_that_was_promised(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Large, mode).PowerCutsAsync(Sweep.Every(11), Sweep.Randoms(1));

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    public Task A_write_that_is_torn_at_any_byte_is_there_as_a_whole_or_not_at_all(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Few, mode).TornWritesAsync(Sweep.IsFull ? int.MaxValue : 120);

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    public Task A_recovery_that_is_cut_anywhere_brings_back_the_same_the_next_time(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Everything, mode).RecoveryCutsAsync(Sweep.Every(23));

    [Theory]
    [InlineData(SyncMode.Always)]
    [InlineData(SyncMode.Interval)]
    [InlineData(SyncMode.Never)]
    public Task A_kill_loses_nothing_that_the_log_had_come_to(SyncMode mode) =>
        new CrashCheck(CrashWorkload.Everything, mode).KillsAsync(Sweep.Every(5));

    [Fact]
    public Task A_kill_between_large_values_loses_nothing_that_the_log_had_come_to() =>
        new CrashCheck(CrashWorkload.Large, SyncMode.Never).KillsAsync(Sweep.Every(7));
}
