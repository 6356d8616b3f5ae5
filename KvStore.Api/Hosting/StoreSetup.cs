using KvStore.Api.Http;
using KvStore.Api.Options;
using KvStore.Core.Changes;
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
        services.AddHostedService<SweepService>();
    }

    private sealed class SweepService(ShardedStore store) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => ExpirySweep.RunAsync(store, stoppingToken);
    }
}
