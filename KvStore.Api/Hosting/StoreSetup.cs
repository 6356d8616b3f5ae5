using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.Options;
using KvStore.Core.Changes;
using KvStore.Core.Durability;
using KvStore.Core.Store;

namespace KvStore.Api.Hosting;

/// <summary>Makes the store that the settings ask for.</summary>
internal static class StoreSetup
{
    /// <summary>Adds the store, behind its one door, and its background sweep.</summary>
    public static void AddStore(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var limits = provider.GetRequiredService<LimitsOptions>();
            var store = provider.GetRequiredService<StoreOptions>();
            var changes = provider.GetRequiredService<ChangesOptions>();
            return new ShardedStore(
                new StoreLimits(limits.MaxKeyBytes, limits.MaxValueBytes),
                store.Shards,
                window: new ChangeLogLimits(changes.WindowBytes, changes.WindowRecords));
        });
        services.AddSingleton<IKeyValueStore>(provider => provider.GetRequiredService<ShardedStore>());
        services.AddSingleton(provider =>
        {
            var limits = provider.GetRequiredService<LimitsOptions>();
            return new WatchCapacity(limits.MaxWatchers, limits.MaxWatchBytes);
        });
        services.AddSingleton<WatchGate>();
        services.AddSingleton<OpenDirectory>(DurableStore.Open);
        services.AddSingleton<DurabilityMetrics>();
        services.AddSingleton<IDurabilityObserver, DurabilityLog>();

        // What is added first stops last: nobody writes any more when the log ends. The server starts after all, and stops before.
        services.AddSingleton<StoreRecovery>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreRecovery>());
        services.AddHostedService<SweepService>();
    }

    /// <summary>Opens the store's directory, where it is to be kept in one. Must be called before the server starts.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    public static StoreRecovery OpenStore(this WebApplication app)
    {
        var recovery = app.Services.GetRequiredService<StoreRecovery>();
        recovery.Open();
        return recovery;
    }

    private sealed class SweepService(ShardedStore store, StoreRecovery recovery) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await recovery.Recovered.WaitAsync(stoppingToken);
            await ExpirySweep.RunAsync(store, stoppingToken);
        }
    }
}
