using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Writes a snapshot beside live traffic (docs/snapshot-format.md).</summary>
/// <param name="directory">The data directory.</param>
/// <param name="store">The store.</param>
/// <param name="time">The clock: for the header and for the throttle.</param>
internal sealed class SnapshotWriter(IDataDirectory directory, ShardedStore store, TimeProvider time)
{
    /// <summary>Writes a snapshot. Older ones and the segments that it makes needless are left for the caller to remove.</summary>
    /// <param name="syncLog">Completes when the log is durable up to the revision that it is given.</param>
    /// <param name="latestTime">Gives the latest time that the store's clock has shown, Unix milliseconds.</param>
    /// <param name="progress">Is told how far it is; null for nobody.</param>
    /// <param name="bytesPerSecond">The most to write in a second; 0 = as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">A file could not be written. The unfinished one is removed, where that works; the store goes on.</exception>
    public Task<SnapshotResult> WriteAsync(
        Func<long, ValueTask> syncLog,
        Func<long> latestTime,
        SnapshotProgress? progress = null,
        long bytesPerSecond = 0,
        CancellationToken cancellationToken = default)
    {
        throw new InvalidOperationException($"Not yet: {directory.Path} {store.Statistics} {time.LocalTimeZone}.");
    }
}

/// <summary>A snapshot that was written.</summary>
/// <param name="Revision">Every change up to this one is in it: segments that hold nothing after it are needless now.</param>
/// <param name="LastRevision">The last revision that a record in it can have.</param>
/// <param name="Records">How many records it has.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Duration">How long it took.</param>
internal sealed record SnapshotResult(long Revision, long LastRevision, long Records, long Bytes, TimeSpan Duration);

/// <summary>How far a snapshot has come. Safe to read from any thread.</summary>
internal sealed class SnapshotProgress
{
    private long _records;
    private long _bytes;
    private long _keys;

    /// <summary>Records written so far.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Bytes written so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>About how much has been written, from 0 to 100.</summary>
    public double Percent => Volatile.Read(ref _keys) is > 0 and var keys ? Math.Min(100, 100.0 * Records / keys) : 0;

    /// <summary>Begins again, for about so many keys.</summary>
    internal void Start(long keys)
    {
        Volatile.Write(ref _records, 0);
        Volatile.Write(ref _bytes, 0);
        Volatile.Write(ref _keys, keys);
    }

    /// <summary>Says how far it is.</summary>
    internal void Reach(long records, long bytes)
    {
        Volatile.Write(ref _records, records);
        Volatile.Write(ref _bytes, bytes);
    }
}
