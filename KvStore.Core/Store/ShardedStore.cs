using System.Buffers;
using System.Numerics;
using System.Text.Unicode;
using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Search;
using KvStore.Core.Watching;

namespace KvStore.Core.Store;

/// <summary>The store in this process's memory: shards of a lock-striped dictionary, and one ordered index of their keys.</summary>
/// <remarks>Every call completes synchronously. Reads of a key take no lock; writes take the lock of the key's shard.</remarks>
public sealed partial class ShardedStore : IKeyValueStore
{
    private const int SweepBatch = 256;

    private readonly Shard[] _shards;
    private readonly KeyIndex _index = new();
    private readonly ChangeLog _log;
    private readonly WatchHub _watches;
    private readonly TimeProvider _time;
    private readonly StoreClock _clock;
    private string _historyId = Guid.NewGuid().ToString("n");

    /// <summary>Makes an empty store.</summary>
    /// <param name="limits">The sizes to accept; null = the defaults.</param>
    /// <param name="shards">How many stripes, a power of two from 1; more let more writers run at once.</param>
    /// <param name="time">The clock that expiry goes by; null = the system's.</param>
    /// <param name="window">How far back changes are kept; null = the default. Made larger where the largest record would not fit four times.</param>
    public ShardedStore(
        StoreLimits? limits = null, int shards = 64, TimeProvider? time = null, ChangeLogLimits? window = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        if (!int.IsPow2(shards))
        {
            throw new ArgumentOutOfRangeException(nameof(shards), shards, "The number of shards must be a power of two.");
        }

        Limits = limits ?? new StoreLimits();
        if (Limits.MaxValueBytes > StoreLimits.MostValueBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(limits), Limits.MaxValueBytes, $"The longest value can be at most {StoreLimits.MostValueBytes} bytes.");
        }

        _time = time ?? TimeProvider.System;
        _clock = new StoreClock(_time);
        _log = new ChangeLog(WindowFor(Limits, window ?? new ChangeLogLimits()));
        _watches = new WatchHub(_log);
        _shards = new Shard[shards];
        for (var i = 0; i < shards; i++)
        {
            _shards[i] = new Shard(_log, _index, _clock);
        }
    }

    /// <inheritdoc />
    public StoreLimits Limits { get; }

    /// <inheritdoc />
    public StoreStatistics Statistics
    {
        get
        {
            SweepExpired();
            long keys = 0, valueBytes = 0, expired = 0;
            foreach (var shard in _shards)
            {
                var totals = shard.Totals;
                keys += totals.Keys;
                valueBytes += totals.ValueBytes;
                expired += totals.ExpiredKeys;
            }

            return new StoreStatistics(
                keys, valueBytes, Math.Min(_log.LastRevision, TellableRevision), expired, _historyId, _log.OldestRevision, _log.WindowBytes, _watches.Count);
        }
    }

    /// <inheritdoc />
    public ValueTask<long> GetSettledRevisionAsync(CancellationToken cancellationToken = default) => new(_log.PublishedRevision);

    /// <inheritdoc />
    public ValueTask<ReadResult> GetAsync(
        ReadOnlySpan<byte> key,
        IBufferWriter<byte>? destination,
        int maxBytes = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        Get(key, destination, maxBytes);

    /// <inheritdoc />
    public ValueTask<WriteResult> SetAsync(
        ReadOnlySpan<byte> key,
        in ReadOnlySequence<byte> value,
        in SetOptions options = default,
        CancellationToken cancellationToken = default)
    {
        var error = value.Length > Limits.MaxValueBytes ? ErrorCode.ValueTooLarge : CheckKey(key, Limits);
        if (error != ErrorCode.None)
        {
            return new(new WriteResult(error));
        }

        var hashed = new HashedKey(key);
        var write = new RecordWrite(value, options.ContentType, ExpiresAt(options));
        var shard = ShardOf(hashed);
        return Tell(shard.Set(hashed, write, options.Condition), shard);
    }

    /// <inheritdoc />
    public ValueTask<WriteResult> DeleteAsync(
        ReadOnlySpan<byte> key, in WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        var error = CheckKey(key, Limits);
        if (error != ErrorCode.None)
        {
            return new(new WriteResult(error));
        }

        var hashed = new HashedKey(key);
        var shard = ShardOf(hashed);
        return Tell(shard.Delete(hashed, condition), shard);
    }

    /// <inheritdoc />
    public ValueTask<bool> SearchAsync(
        KeyFilter filter, KeyCursor cursor, int limit, KeyPage page, CancellationToken cancellationToken = default)
    {
        page.Clear();

        // What has expired is gone from the index before it is read.
        SweepExpired();

        // One match beyond the limit tells whether there are more; no page can hold as many as an array has room for.
        limit = Math.Min(limit, Array.MaxLength);
        var search = new PageSearch(_index, filter, cursor, limit + 1, page);
        return TellAll(Slices.RunAsync(search.Step, () => Finish(page, limit, cursor), cancellationToken));
    }

    /// <inheritdoc />
    public ValueTask<long> CountAsync(KeyFilter filter, CancellationToken cancellationToken = default)
    {
        if (filter.IsEmpty)
        {
            return TellAll<long>(new(Statistics.Keys));
        }

        SweepExpired();
        var count = new KeyCount(_index, filter);
        return TellAll(Slices.RunAsync(count.Step, () => count.Result, cancellationToken));
    }

    /// <summary>Removes keys that have expired; each takes a revision.</summary>
    /// <remarks>Costs one compare a shard where nothing has expired. Locks a shard for a few hundred keys at a time.</remarks>
    public void SweepExpired()
    {
        var now = Now();
        foreach (var shard in _shards)
        {
            while (shard.SweepExpired(now, SweepBatch))
            {
            }
        }
    }

    /// <inheritdoc />
    public IWatcher? Watch(KeyFilter filter, long? since = null) => _watches.TryAdd(filter, since);

    /// <summary>Has every watcher read what there is, and then learn that it was the last.</summary>
    public void DrainWatchers() => _watches.Drain();

    private static ChangeLogLimits WindowFor(StoreLimits limits, ChangeLogLimits window)
    {
        var largest = ChangeRecord.Size(limits.MaxKeyBytes, limits.MaxValueBytes + Record.MostBesideValue);
        var least = BitOperations.RoundUpToPowerOf2((ulong)largest * 4);
        return window with { WindowBytes = (int)Math.Min((ulong)int.MaxValue / 2 + 1, Math.Max((ulong)window.WindowBytes, least)) };
    }

    private ValueTask<ReadResult> Get(ReadOnlySpan<byte> key, IBufferWriter<byte>? destination, int maxBytes)
    {
        var hashed = new HashedKey(key);
        var shard = ShardOf(hashed);
        var tellable = TellableRevision;
        var result = shard.Read(hashed, destination, maxBytes, tellable);
        if (result.Error == ErrorCode.None && result.Revision <= tellable)
        {
            return new(result);
        }

        // No wrong key was ever set, so only a key that is not there has to be looked at.
        var error = result.Error == ErrorCode.None ? ErrorCode.None : CheckKey(key, Limits);
        return error != ErrorCode.None ? new(new ReadResult(error))
            : result.Error != ErrorCode.None && shard.LastRemoval <= tellable ? new(result)
            : GetLater(hashed, destination, maxBytes);
    }

    private static bool Finish(KeyPage page, int limit, KeyCursor cursor)
    {
        var isMore = page.Count > limit;
        if (isMore)
        {
            page.Truncate(limit);
        }

        if (page.Count > 0)
        {
            cursor.MoveTo(page[page.Count - 1].ToArray());
        }

        return isMore;
    }

    private static ErrorCode CheckKey(ReadOnlySpan<byte> key, StoreLimits limits)
    {
        if (key.IsEmpty || !Utf8.IsValid(key))
        {
            return ErrorCode.MalformedKey;
        }

        return key.Length > limits.MaxKeyBytes ? ErrorCode.KeyTooLong : ErrorCode.None;
    }

    // The dictionaries go by the lower bits.
    private Shard ShardOf(in HashedKey key) => _shards[ShardOf(key.Hash, _shards.Length)];

    internal static int ShardOf(int hash, int shards) => (int)(((uint)hash >> 16) & (uint)(shards - 1));

    private long Now() => _clock.Now();

    private long ExpiresAt(in SetOptions options) => ExpiresAt(options, options.Ttl is null ? 0 : Now());

    /// <summary>When a key expires that is set at <paramref name="now"/>; both in Unix milliseconds, and 0 = never.</summary>
    internal static long ExpiresAt(in SetOptions options, long now) =>
        options.Ttl is { } duration ? now + (long)Math.Ceiling(duration.TotalMilliseconds) : options.ExpiresAt;
}
