using System.Diagnostics.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>What a store in a directory does to its disk. There is none of it where the store is in memory.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed class DurabilityMetrics
{
    private static readonly InstrumentAdvice<double> SyncBuckets = new()
    {
        HistogramBucketBoundaries = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private static readonly InstrumentAdvice<long> GroupBuckets = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
    };

    private readonly Meter _meter;
    private readonly Histogram<double> _syncs;
    private readonly Histogram<long> _groups;

    public DurabilityMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MetricsSetup.MeterName);
        _syncs = _meter.CreateHistogram("kvstore.wal.sync.duration", "s", "Time to sync the log to the disk.", tags: null, SyncBuckets);
        _groups = _meter.CreateHistogram("kvstore.wal.group_size", unit: null, "Changes that one sync made durable.", tags: null, GroupBuckets);
    }

    /// <summary>Counts a sync.</summary>
    public void Synced(TimeSpan duration, long changes)
    {
        _syncs.Record(duration.TotalSeconds);
        _groups.Record(changes);
    }
}
