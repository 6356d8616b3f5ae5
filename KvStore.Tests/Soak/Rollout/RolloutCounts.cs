namespace KvStore.Tests.Soak.Rollout;

/// <summary>What became of a rollout's requests and calls.</summary>
internal sealed record RolloutCounts
{
    public long Requests { get; init; }

    /// <summary>Those whose connection was refused, reset or closed, or that were not answered in time.</summary>
    public long FailedConnections { get; init; }

    /// <summary>Those that were answered with an error, be it the service's or the load balancer's.</summary>
    public long FailedAnswers { get; init; }

    public long Calls { get; init; }

    public long FailedCalls { get; init; }

    public string FirstFailedCall { get; init; } = "";

    public long Failed => FailedConnections + FailedAnswers + FailedCalls;

    public override string ToString() => FormattableString.Invariant(
        $"{Requests + Calls} requests ({Requests} HTTP, {Calls} gRPC), failed {Failed} ({FailedConnections} connections, {FailedAnswers} answers, {FailedCalls} calls{(FirstFailedCall.Length > 0 ? ": " : "")}{FirstFailedCall})");
}
