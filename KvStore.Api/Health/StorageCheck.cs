using System.Globalization;
using KvStore.Api.Hosting;
using KvStore.Api.Options;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace KvStore.Api.Health;

/// <summary>Readiness by the store's directory. A full disk leaves the node ready: it goes on answering reads, which others cannot do for it.</summary>
internal sealed class StorageCheck(StoreRecovery recovery, DurabilitySettings settings) : IHealthCheck
{
    /// <inheritdoc />
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if (recovery.IsRecovering || recovery.Directory is not { } directory)
        {
            return HealthCheckResult.Unhealthy($"being read: {recovery.Progress()}");
        }

        var status = directory.Status;
        return status.Failure is { } failure ? HealthCheckResult.Unhealthy($"failed, so that the store is read-only until the service is started again: {failure}")
            : status.IsFull ? HealthCheckResult.Degraded("full: writes are refused until there is room again; reads go on")
            : HealthCheckResult.Healthy(string.Create(
                CultureInfo.InvariantCulture, $"sync {settings.Sync}, durable up to revision {directory.Statistics.DurableRevision}"));
    }
}
