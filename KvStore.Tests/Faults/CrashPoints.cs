namespace KvStore.Tests.Faults;

/// <summary>A run that the power was taken from.</summary>
/// <param name="Operation">The number of the operation that did not happen any more; of the last run, one more than there are.</param>
/// <param name="Disk">The disk, at a standstill: ask it for <see cref="SimulatedDisk.PowerCut"/>, as often as you like, or for
/// <see cref="SimulatedDisk.Kill"/>.</param>
/// <param name="State">What the run knew, such as which writes were acknowledged.</param>
internal sealed record CrashPoint<TState>(long Operation, SimulatedDisk Disk, TState State);

/// <summary>Runs the same thing again and again, with the power going before its first operation on the disk, its second, and so on, until it is done.</summary>
internal static class CrashPoints
{
    /// <summary>Each point at which a run can be cut.</summary>
    /// <param name="disk">Makes the disk of a run, which may hold something.</param>
    /// <param name="state">Makes what a run is to note down.</param>
    /// <param name="run">Uses the disk. Once the power is off everything fails in it, and what it throws then is of no interest.</param>
    /// <param name="every">1 = cuts at each operation; 2 = at every other; and so on.</param>
    public static IEnumerable<CrashPoint<TState>> Of<TState>(Func<SimulatedDisk> disk, Func<TState> state, Action<SimulatedDisk, TState> run, int every = 1)
    {
        for (var operation = 1L; ; operation += every)
        {
            var point = Start(operation, disk(), state());
            try
            {
                run(point.Disk, point.State);
            }
            catch (Exception) when (point.Disk.IsStopped)
            {
                // As it should be.
            }

            yield return point;
            if (!point.Disk.IsStopped)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc cref="Of"/>
    public static async IAsyncEnumerable<CrashPoint<TState>> OfAsync<TState>(
        Func<SimulatedDisk> disk, Func<TState> state, Func<SimulatedDisk, TState, Task> run, int every = 1)
    {
        for (var operation = 1L; ; operation += every)
        {
            var point = Start(operation, disk(), state());
            try
            {
                await run(point.Disk, point.State);
            }
            catch (Exception) when (point.Disk.IsStopped)
            {
                // As it should be.
            }

            yield return point;
            if (!point.Disk.IsStopped)
            {
                yield break;
            }
        }
    }

    private static CrashPoint<TState> Start<TState>(long operation, SimulatedDisk disk, TState state)
    {
        disk.StopAt(disk.Operations + operation);
        return new CrashPoint<TState>(operation, disk, state);
    }
}
