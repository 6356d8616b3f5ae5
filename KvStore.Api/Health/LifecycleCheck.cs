using KvStore.Api.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Health;

/// <summary>Readiness by where the process is in its life.</summary>
internal sealed class LifecycleCheck(Lifecycle lifecycle, StoreRecovery recovery) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifecycle.Stage switch
        {
            LifecycleStage.Ready => HealthCheckResult.Healthy("accepting requests"),
            LifecycleStage.Draining => HealthCheckResult.Unhealthy("shutting down; use another node"),
            LifecycleStage.Recovering => HealthCheckResult.Unhealthy($"bringing the store back: {recovery.Progress()}"),
            _ => HealthCheckResult.Unhealthy("starting"),
        });
}
