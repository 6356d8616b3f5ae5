using System.Diagnostics;
using KvStore.Core.Files;
using KvStore.Core.Store;

namespace KvStore.Core.Durability;

/// <summary>Writes a snapshot beside live traffic (docs/snapshot-format.md).</summary>
/// <remarks>
/// <para>Keys come from the index a few at a time, and each record is copied without a lock, so no one waits for it for long, and it needs no more memory for a
/// large store than for a small one. What changes meanwhile may be in it or not: it is whole with the log up to the last revision that any record can have,
/// and gets its name when the log is durable up to there.</para>
/// <para>One at a time.</para>
/// </remarks>
/// <param name="directory">The data directory.</param>
/// <param name="store">The store.</param>
/// <param name="time">The clock: for the header and for the throttle.</param>
internal sealed class SnapshotWriter(IDataDirectory directory, ShardedStore store, TimeProvider time)
{
    // Little by little: one sync of everything would be in the way of the log's own.
    private const int BytesBetweenSyncs = 8 * 1_024 * 1_024;

    /// <summary>Writes a snapshot. Older ones and the segments that it makes needless are left for the caller to remove.</summary>
    /// <param name="syncLog">Completes when the log is durable up to the revision that it is given.</param>
    /// <param name="latestTime">Gives the latest time that the store's clock has shown, Unix milliseconds.</param>
    /// <param name="progress">Is told how far it is; null for nobody.</param>
    /// <param name="bytesPerSecond">The most to write in a second; 0 = as fast as it goes.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="IOException">A file could not be written. The unfinished one is removed, where that works; the store goes on.</exception>
    public async Task<SnapshotResult> WriteAsync(
        Func<long, ValueTask> syncLog,
        Func<long> latestTime,
        SnapshotProgress? progress = null,
        long bytesPerSecond = 0,
        CancellationToken cancellationToken = default)
    {
        // The caller's thread is not kept for all of it.
        await Task.Yield();
        var startedAt = Stopwatch.GetTimestamp();
        var statistics = store.Statistics;
        progress?.Start(statistics.Keys);
        var header = new SnapshotHeader(
            LogFormat.Version, store.SettledRevision, Guid.Parse(statistics.HistoryId), time.GetUtcNow().ToUnixTimeMilliseconds());
        var name = LogFormat.SnapshotName(header.Revision);
        var unfinished = name + LogFormat.Unfinished;
        Remove(unfinished);
        try
        {
            SnapshotResult result;
            using (var file = new SnapshotFile(directory.Create(unfinished), header))
            {
                await WriteEntriesAsync(file, progress, bytesPerSecond, cancellationToken);
                var last = store.LastTakenRevision;
                file.WriteEnd(last, latestTime());
                progress?.Reach(file.Entries, file.Bytes);
                await syncLog(last);
                file.Sync();
                result = new SnapshotResult(header.Revision, last, file.Entries, file.Bytes, Stopwatch.GetElapsedTime(startedAt));
            }

            directory.Rename(unfinished, name);
            directory.SyncNames();
            return result;
        }
        catch
        {
            TryRemove(unfinished);
            throw;
        }
    }

    private async Task WriteEntriesAsync(SnapshotFile file, SnapshotProgress? progress, long bytesPerSecond, CancellationToken cancellationToken)
    {
        var startedAt = time.GetTimestamp();
        var synced = 0L;
        var keys = store.WalkKeys();
        while (file.WriteSome(store, keys))
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Reach(file.Entries, file.Bytes);
            if (file.Bytes - synced >= BytesBetweenSyncs)
            {
                file.Sync();
                synced = file.Bytes;
            }

            if (bytesPerSecond > 0)
            {
                var due = TimeSpan.FromSeconds((double)file.Bytes / bytesPerSecond) - time.GetElapsedTime(startedAt);
                await Task.Delay(due > TimeSpan.Zero ? due : TimeSpan.Zero, time, cancellationToken);
            }
        }
    }

    private void Remove(string name)
    {
        if (directory.List().Contains(name, StringComparer.Ordinal))
        {
            directory.Delete(name);
        }
    }

    private void TryRemove(string name)
    {
        try
        {
            Remove(name);
        }
        catch (IOException)
        {
            // It has no meaning to a reader, and the next start removes it. What went wrong first says more.
        }
    }
}
