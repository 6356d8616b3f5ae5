using System.Collections.Frozen;
using KvStore.Api.Hosting;
using KvStore.Grpc.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Grpc;

/// <summary>Has the gRPC health service tell what <c>/ready</c> does, of all services alike.</summary>
/// <param name="checks">What readiness is made of.</param>
/// <param name="lifecycle">Where the process is in its life.</param>
/// <param name="services">The services' full names.</param>
internal sealed class ReadinessSource(HealthCheckService checks, Lifecycle lifecycle, IEnumerable<string> services) : IHealthSource
{
    // The checks tell of no change by themselves; what the process knows at once, that it drains, is told at once.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly FrozenSet<string> _services = services.Append("").ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc />
    public bool IsEnding => lifecycle.IsDraining;

    /// <inheritdoc />
    public async ValueTask<bool?> IsServingAsync(string service, CancellationToken cancellationToken) => _services.Contains(service)
        ? (await checks.CheckHealthAsync(cancellationToken)).Status != HealthStatus.Unhealthy
        : null;

    /// <inheritdoc />
    public async Task WaitForChangeAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifecycle.Draining);
        await Task.Delay(Interval, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
