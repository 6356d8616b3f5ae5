using System.Buffers;
using System.Text.Unicode;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>The store in this process's memory: shards of a lock-striped dictionary, and one ordered index of their keys.</summary>
/// <remarks>Every call completes synchronously. Reads of a key take no lock; writes take the lock of the key's shard.</remarks>
public sealed class ShardedStore : IKeyValueStore
{
    private const int SweepBatch = 256;

    private readonly Shard[] _shards;
    private readonly IKeyIndex _index = new SortedKeyIndex();
    private readonly RevisionCounter _revisions = new();
    private readonly TimeProvider _time;
    private readonly string _historyId = Guid.NewGuid().ToString("n");

    /// <summary>Makes an empty store.</summary>
    /// <param name="limits">The sizes to accept; null = the defaults.</param>
    /// <param name="shards">How many stripes, a power of two from 1; more let more writers run at once.</param>
    /// <param name="time">The clock that expiry goes by; null = the system's.</param>
    public ShardedStore(StoreLimits? limits = null, int shards = 64, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        if (!int.IsPow2(shards))
        {
            throw new ArgumentOutOfRangeException(nameof(shards), shards, "The number of shards must be a power of two.");
        }

        Limits = limits ?? new StoreLimits();
        _time = time ?? TimeProvider.System;
        _shards = new Shard[shards];
        for (var i = 0; i < shards; i++)
        {
            _shards[i] = new Shard(_revisions, _index, _time);
        }
    }

    /// <inheritdoc />
    public StoreLimits Limits { get; }

    /// <inheritdoc />
    public StoreStatistics Statistics
    {
        get
        {
            var now = Now();
            long keys = 0, valueBytes = 0, expired = 0;
            foreach (var shard in _shards)
            {
                var (shardKeys, shardBytes) = shard.Count(now);
                keys += shardKeys;
                valueBytes += shardBytes;
                expired += shard.ExpiredKeys;
            }

            return new StoreStatistics(keys, valueBytes, _revisions.Current, expired, _historyId);
        }
    }

    /// <inheritdoc />
    public ValueTask<ReadResult> GetAsync(
        ReadOnlySpan<byte> key,
        IBufferWriter<byte>? destination,
        int maxBytes = int.MaxValue,
        CancellationToken cancellationToken = default) =>
        new(Get(key, destination, maxBytes));

    /// <inheritdoc />
    public ValueTask<WriteResult> SetAsync(
        ReadOnlySpan<byte> key,
        in ReadOnlySequence<byte> value,
        in SetOptions options = default,
        CancellationToken cancellationToken = default)
    {
        var error = value.Length > Limits.MaxValueBytes ? ErrorCode.ValueTooLarge : CheckKey(key);
        if (error != ErrorCode.None)
        {
            return new(new WriteResult(error));
        }

        Span<byte> contentType = stackalloc byte[ContentTypes.MaxLength];
        contentType = contentType[..ContentTypes.Encode(options.ContentType, contentType)];
        var record = Record.Encode(key, value, contentType, ExpiresAt(Now(), options.Ttl));
        return new(ShardOf(key).Set(record, options.Condition));
    }

    /// <inheritdoc />
    public ValueTask<WriteResult> DeleteAsync(
        ReadOnlySpan<byte> key, in WriteCondition condition = default, CancellationToken cancellationToken = default)
    {
        var error = CheckKey(key);
        return new(error == ErrorCode.None ? ShardOf(key).Delete(key, condition) : new WriteResult(error));
    }

    /// <inheritdoc />
    public ValueTask<bool> SearchAsync(
        KeyFilter filter, KeyCursor cursor, int limit, KeyPage page, CancellationToken cancellationToken = default)
    {
        page.Clear();
        var matches = new List<byte[]>();
        var reader = cursor.After is { } after ? KeyCursor.AfterKey(after) : new KeyCursor();
        var more = true;

        // One match beyond the limit tells whether there are more; no page can hold as many as an array has room for.
        limit = Math.Min(limit, Array.MaxLength);
        while (more && page.Count <= limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            matches.Clear();
            more = _index.Read(filter, reader, limit + 1 - page.Count, matches);
            foreach (var key in matches.Where(IsLive))
            {
                page.Add(key);
            }
        }

        var isMore = page.Count > limit;
        if (isMore)
        {
            page.Truncate(limit);
        }

        if (page.Count > 0)
        {
            cursor.MoveTo(page[page.Count - 1].ToArray());
        }

        return new(isMore);
    }

    /// <inheritdoc />
    public ValueTask<long> CountAsync(KeyFilter filter, CancellationToken cancellationToken = default)
    {
        if (filter.IsEmpty)
        {
            return new(Statistics.Keys);
        }

        var matches = new List<byte[]>();
        var reader = new KeyCursor();
        var count = 0L;
        bool more;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            matches.Clear();
            more = _index.Read(filter, reader, limit: 1_024, matches);
            count += matches.Count(IsLive);
        }
        while (more);

        return new(count);
    }

    /// <summary>Removes keys that have expired; each takes a revision.</summary>
    /// <remarks>Costs one compare a shard where nothing has expired. Locks a shard for a few hundred keys at a time.</remarks>
    public void SweepExpired()
    {
        var now = Now();
        foreach (var shard in _shards)
        {
            while (shard.SweepExpired(now, SweepBatch) == SweepBatch)
            {
            }
        }
    }

    private ReadResult Get(ReadOnlySpan<byte> key, IBufferWriter<byte>? destination, int maxBytes)
    {
        if (!ShardOf(key).TryGet(key, out var bytes))
        {
            var error = CheckKey(key);
            return new ReadResult(error == ErrorCode.None ? ErrorCode.KeyNotFound : error);
        }

        var record = new Record(bytes);
        var expiresAt = record.ExpiresAt;
        if (expiresAt != 0 && expiresAt <= Now())
        {
            // A write that found the key alive may be about to replace it: only after it may the key be seen gone.
            if (!ShardOf(key).TryGetLive(key, out bytes))
            {
                return new ReadResult(ErrorCode.KeyNotFound);
            }

            record = new Record(bytes);
            expiresAt = record.ExpiresAt;
        }

        if (record.ValueLength <= maxBytes)
        {
            destination?.Write(record.Value);
        }

        return new ReadResult(
            ErrorCode.None, record.Revision, ContentTypes.Decode(record.ContentType), record.ValueLength, expiresAt);
    }

    private ErrorCode CheckKey(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty || !Utf8.IsValid(key))
        {
            return ErrorCode.MalformedKey;
        }

        return key.Length > Limits.MaxKeyBytes ? ErrorCode.KeyTooLong : ErrorCode.None;
    }

    private bool IsLive(byte[] key)
    {
        if (!ShardOf(key).TryGet(key, out var bytes))
        {
            return false;
        }

        var expiresAt = new Record(bytes).ExpiresAt;
        return expiresAt == 0 || expiresAt > Now();
    }

    private Shard ShardOf(ReadOnlySpan<byte> key) => _shards[KeyComparer.Hash(key) & (_shards.Length - 1)];

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static long ExpiresAt(long now, TimeSpan? ttl) =>
        ttl is { } duration ? now + (long)Math.Ceiling(duration.TotalMilliseconds) : 0;
}
