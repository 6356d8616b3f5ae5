using System.Diagnostics.Metrics;
using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.Options;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace KvStore.Api.Metrics;

/// <summary>What the node is, and whether it is to be sent requests.</summary>
internal static class NodeMetrics
{
    /// <summary>Adds the instruments.</summary>
    public static void Add(Meter meter, IServiceProvider services)
    {
        KeyValuePair<string, object?>[] info =
        [
            new("version", Logging.Version),
            new("role", services.GetRequiredService<StoreOptions>().Role),
            new("sync", SyncMode(services)),
        ];
        meter.CreateObservableGauge("kvstore.info", () => new Measurement<int>(1, info), unit: null, "What the node is; always 1.");

        var checks = services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations
            .Select(registration => (Check: registration.Factory(services), Context: new HealthCheckContext { Registration = registration }))
            .ToList();
        meter.CreateObservableGauge(
            "kvstore.ready", () => checks.TrueForAll(check => IsPassed(check.Check, check.Context)) ? 1 : 0, unit: null, "1 while the node is to be sent requests.");

        var capacity = services.GetRequiredService<WatchCapacity>();
        meter.CreateObservableCounter(
            "kvstore.watchers_fallen_behind", () => capacity.FallenBehind, unit: null, "Watches that have ended because their clients were too slow.");
    }

    private static string SyncMode(IServiceProvider services) =>
        services.GetRequiredService<StoreOptions>().DataDir.Length == 0 ? "none" : services.GetRequiredService<DurabilitySettings>().Sync;

    // The framework's service of the checks would have the scrape wait for threads of the pool; the checks themselves only look at fields.
    private static bool IsPassed(IHealthCheck check, HealthCheckContext context)
    {
        var result = check.CheckHealthAsync(context);
        return result.IsCompletedSuccessfully && result.Result.Status != HealthStatus.Unhealthy;
    }
}
