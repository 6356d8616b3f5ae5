using System.Diagnostics.Metrics;
using KvStore.Core.Durability;

namespace KvStore.Api.Metrics;

/// <summary>What a store in a directory does to its disk. Where the store is in memory there is none of it.</summary>
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
    private long _records;

    public DurabilityMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MetricsSetup.MeterName);
        _syncs = _meter.CreateHistogram("kvstore.wal.sync.duration", "s", "Time to sync the log to the disk.", tags: null, SyncBuckets);
        _groups = _meter.CreateHistogram("kvstore.wal.group_size", unit: null, "Changes that one sync made durable.", tags: null, GroupBuckets);
    }

    /// <summary>Counts a sync.</summary>
    public void Synced(TimeSpan duration, long changes)
    {
        Interlocked.Add(ref _records, changes);
        _syncs.Record(duration.TotalSeconds);
        _groups.Record(changes);
    }

    /// <summary>Adds what is read at each collection.</summary>
    /// <param name="store">The store's directory.</param>
    public void Observe(DurableStore store)
    {
        var statistics = new Reading<DurabilityStatistics>(() => store.Statistics);
        _meter.CreateObservableCounter("kvstore.wal", () => store.Statistics.BytesWritten, "By", "Bytes written to the log since the start.");
        _meter.CreateObservableCounter("kvstore.wal.records", () => Interlocked.Read(ref _records), unit: null, "Changes in the log that were synced since the start.");
        AddGauge("kvstore.wal.segments", now => now.Segments, unit: null, "Files of the log that are full and kept.");
        AddGauge("kvstore.wal.size", now => now.LogBytes, "By", "Bytes of those files.");
        AddGauge("kvstore.wal.durable_revision", now => now.DurableRevision, unit: null, "Revision up to which every write survives a power cut.");
        AddGauge("kvstore.wal.unsynced_records", now => now.UnsyncedRecords, unit: null, "Changes after that revision.");
        AddFlag("kvstore.wal.full", status => status.IsFull, "1 while the disk has no room for the next file of the log: writes that do not fit into the current one are refused.");
        AddFlag("kvstore.wal.failed", status => status.Failure is not null, "1 when the disk has failed and the store is read-only until the next start.");
        AddGauge("kvstore.snapshot.log_threshold", now => now.SnapshotLogBytes, "By", "Bytes of log after which the next snapshot is taken.");
        AddSnapshot("kvstore.snapshot.last_timestamp", last => last.TakenAt / 1_000.0, "s", "When the newest snapshot was taken, in seconds since the Unix epoch.");
        AddSnapshot("kvstore.snapshot", last => last.Bytes, "By", "Bytes of the newest snapshot.");
        AddSnapshot("kvstore.snapshot.duration", last => last.Duration.TotalSeconds, "s", "Time to take the newest snapshot; 0 where an earlier process took it.");
        _meter.CreateObservableGauge("kvstore.recovery.records", () => store.Status.RecoveredRecords, unit: null, "Records and changes that this start has read from the disk.");
        AddGauge("kvstore.recovery.duration", now => now.RecoveryDuration.TotalSeconds, "s", "Time to bring the store back; 0 until that is done.");

        void AddGauge(string name, Func<DurabilityStatistics, double> value, string? unit, string help) =>
            _meter.CreateObservableGauge(name, () => value(statistics.For(name)), unit, help);

        void AddFlag(string name, Func<DurabilityStatus, bool> flag, string help) =>
            _meter.CreateObservableGauge(name, () => flag(store.Status) ? 1 : 0, unit: null, help);

        // There may be no snapshot.
        void AddSnapshot(string name, Func<SnapshotSummary, double> value, string unit, string help) => _meter.CreateObservableGauge(
            name, IEnumerable<Measurement<double>> () => statistics.For(name).LastSnapshot is { } last ? [new Measurement<double>(value(last))] : [], unit, help);
    }
}
