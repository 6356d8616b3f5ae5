using System.Diagnostics.Metrics;
using KvStore.Core.Store;

namespace KvStore.Api.Metrics;

/// <summary>What the store holds, read when it is asked for.</summary>
internal static class StoreMetrics
{
    /// <summary>Adds the instruments.</summary>
    public static void Add(Meter meter, IKeyValueStore store)
    {
        meter.CreateObservableGauge("kvstore.keys", () => store.Statistics.Keys, unit: null, "Live keys in the store.");
        meter.CreateObservableGauge("kvstore.revision", () => store.Statistics.Revision, unit: null, "Revision of the last write.");
        meter.CreateObservableGauge("kvstore.value", () => store.Statistics.ValueBytes, "By", "Bytes of the live keys' values.");
        meter.CreateObservableCounter("kvstore.expired_keys", () => store.Statistics.ExpiredKeys, unit: null, "Keys that have expired since the start.");
    }
}
