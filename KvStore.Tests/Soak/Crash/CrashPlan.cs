namespace KvStore.Tests.Soak.Crash;

/// <summary>How a round ends: all of it follows from the seed.</summary>
/// <param name="Seed">The seed of the round's load.</param>
/// <param name="EndAfter">After how many acknowledged requests of the load the service is ended.</param>
/// <param name="SnapshotAfter">After how many of them a snapshot is asked for.</param>
/// <param name="IsStop">Whether it is stopped in good order, and not killed.</param>
/// <param name="KilledStarts">The moments of the starts after that, which are killed, too: where in a start, 0 to 1.</param>
internal sealed record CrashPlan(int Seed, int EndAfter, int SnapshotAfter, bool IsStop, double[] KilledStarts)
{
    private const int StopEvery = 5;
    private const int LeastRequests = 40;
    private const int MostRequests = 600;

    public static CrashPlan Make(Random random, int round)
    {
        var endAfter = random.Next(LeastRequests, MostRequests);

        // In every other round the snapshot is asked for so late that it may not be done.
        var snapshotAfter = random.Next(2) == 0 ? endAfter - random.Next(Math.Min(endAfter, 30)) : random.Next(endAfter);
        var killedStarts = new double[random.Next(3) == 0 ? random.Next(1, 4) : 0];
        for (var i = 0; i < killedStarts.Length; i++)
        {
            killedStarts[i] = random.NextDouble();
        }

        return new CrashPlan(random.Next(), endAfter, snapshotAfter, round % StopEvery == 0, killedStarts);
    }
}
