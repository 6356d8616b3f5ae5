namespace KvStore.Cli.Bench;

/// <summary>What a load is made of.</summary>
internal enum LoadOperation
{
    /// <summary>Reads.</summary>
    Get,

    /// <summary>Writes.</summary>
    Set,

    /// <summary>Nine reads to a write.</summary>
    Mixed,
}

/// <summary>A load to put on a server.</summary>
/// <param name="Operation">What the requests do.</param>
/// <param name="Connections">Over how many connections.</param>
/// <param name="Concurrency">How many requests wait for an answer at any time.</param>
/// <param name="Duration">For how long; null where it is a number of requests.</param>
/// <param name="Requests">How many requests; null where it is a time.</param>
/// <param name="Keys">How many keys they are about.</param>
/// <param name="ValueBytes">How long the values are.</param>
internal sealed record LoadPlan(
    LoadOperation Operation, int Connections, int Concurrency, TimeSpan? Duration, long? Requests, int Keys, int ValueBytes)
{
    /// <summary>A key, by its number.</summary>
    public static string KeyOf(int number) => FormattableString.Invariant($"kvstore-bench:{number:d8}");
}
