using System.Diagnostics.Metrics;
using KvStore.Core.Store;

namespace KvStore.Api.Metrics;

/// <summary>What the store holds, read once a collection: the values are of one moment.</summary>
internal static class StoreMetrics
{
    /// <summary>Adds the instruments.</summary>
    /// <param name="meter">The meter.</param>
    /// <param name="store">The store.</param>
    /// <param name="isRecovering">Whether nothing is known of it yet: a zero would be taken for an empty store.</param>
    public static void Add(Meter meter, IKeyValueStore store, Func<bool> isRecovering)
    {
        var reading = new Reading<StoreStatistics>(() => store.Statistics);
        AddGauge("kvstore.keys", statistics => statistics.Keys, unit: null, "Live keys in the store.");
        AddGauge("kvstore.revision", statistics => statistics.Revision, unit: null, "Revision of the last write.");
        AddGauge("kvstore.value", statistics => statistics.ValueBytes, "By", "Bytes of the live keys' values.");
        AddGauge("kvstore.watchers", statistics => statistics.Watchers, unit: null, "Watches being served.");
        AddGauge("kvstore.change_log", statistics => statistics.ChangeLogBytes, "By", "Bytes of the changes kept for watches.");
        const string expiredKeys = "kvstore.expired_keys";
        meter.CreateObservableCounter(
            expiredKeys, () => Read(expiredKeys, statistics => statistics.ExpiredKeys), unit: null, "Keys that have expired since the start.");

        void AddGauge(string name, Func<StoreStatistics, long> value, string? unit, string help) =>
            meter.CreateObservableGauge(name, () => Read(name, value), unit, help);

        Measurement<long>[] Read(string name, Func<StoreStatistics, long> value) => isRecovering() ? [] : [new(value(reading.For(name)))];
    }
}
