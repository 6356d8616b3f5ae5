namespace KvStore.Tests.Faults;

/// <summary>How many of the points of a run are tried. With KVSTORE_FAULT_SWEEP=full in the environment it is all of them, which takes minutes; else a sample that
/// is the same each time.</summary>
internal static class Sweep
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("KVSTORE_FAULT_SWEEP") == "full";

    /// <summary>1 in a full sweep; else <paramref name="sampled"/>.</summary>
    public static int Every(int sampled) => IsFull ? 1 : sampled;

    /// <summary>So many random cuts at each point beside the plain ones.</summary>
    public static int Randoms(int sampled) => IsFull ? 10 : sampled;
}
