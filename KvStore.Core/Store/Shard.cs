using System.Collections.Concurrent;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>One stripe of the store: the keys whose hash falls on it, with the lock that orders their writes.</summary>
/// <remarks>
/// <para>Thread safety: reads take no lock; a record is immutable, so the reference a read has found is a whole value. Writes
/// hold <see cref="_lock"/>, which guards the counters and the expiry queue and makes condition, revision and write one step.</para>
/// <para>Invariants, whenever the lock is free: 1. the index holds exactly the dictionary's keys; 2. the expiry queue holds
/// exactly the keys whose record has an expiry; 3. revisions of one key only grow.</para>
/// <para>Lock order: a shard's lock, then the index's. No two shards are locked at once.</para>
/// </remarks>
internal sealed class Shard
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<byte[], byte[]> _records;
    private readonly ConcurrentDictionary<byte[], byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly ExpiryQueue _expiries = new();
    private readonly RevisionCounter _revisions;
    private readonly IKeyIndex _index;
    private readonly TimeProvider _time;
    private long _keys;
    private long _valueBytes;
    private long _expiredKeys;

    public Shard(RevisionCounter revisions, IKeyIndex index, TimeProvider time)
    {
        _time = time;
        _revisions = revisions;
        _index = index;

        // Writers of one shard already wait for its lock, so the dictionary needs one stripe of its own.
        _records = new(concurrencyLevel: 1, capacity: 31, KeyComparer.Instance);
        _lookup = _records.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Keys that have expired here since the start.</summary>
    public long ExpiredKeys => Volatile.Read(ref _expiredKeys);

    /// <summary>Finds a key's record, expired or not.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out byte[] record) => _lookup.TryGetValue(key, out record!);

    /// <summary>Finds a key's record, waiting for the write that may be replacing it; false where it has expired.</summary>
    public bool TryGetLive(ReadOnlySpan<byte> key, out byte[] record)
    {
        lock (_lock)
        {
            return TryGet(key, out record) && IsLive(record);
        }
    }

    /// <summary>Puts <paramref name="record"/>, whose bytes are complete but for the revision, if the condition holds.</summary>
    public WriteResult Set(byte[] record, in WriteCondition condition)
    {
        var view = new Record(record);
        var expiresAt = view.ExpiresAt;
        lock (_lock)
        {
            var old = FindLive(view.Key);
            var current = old is null ? 0 : new Record(old).Revision;
            if (!condition.Holds(current))
            {
                return new WriteResult(ErrorCode.RevisionMismatch, current);
            }

            var revision = _revisions.Next();
            Record.StampRevision(record, revision);
            var key = old is null || expiresAt != 0 ? view.Key.ToArray() : null;
            if (old is null)
            {
                _records[key!] = record;
                _index.Add(key!);
                _keys++;
            }
            else
            {
                _lookup[view.Key] = record;
                Forget(old);
            }

            _valueBytes += view.ValueLength;
            if (expiresAt != 0)
            {
                _expiries.Add(expiresAt, key!);
            }

            return new WriteResult(ErrorCode.None, revision, Created: old is null);
        }
    }

    /// <summary>Removes a key if it exists and the condition holds.</summary>
    public WriteResult Delete(ReadOnlySpan<byte> key, in WriteCondition condition)
    {
        lock (_lock)
        {
            var old = FindLive(key);
            var current = old is null ? 0 : new Record(old).Revision;
            if (!condition.Holds(current))
            {
                return new WriteResult(ErrorCode.RevisionMismatch, current);
            }

            return old is null
                ? new WriteResult(ErrorCode.KeyNotFound)
                : new WriteResult(ErrorCode.None, Remove(key, old));
        }
    }

    /// <summary>Removes at most <paramref name="limit"/> keys that have expired at <paramref name="now"/>.</summary>
    /// <returns>How many were removed.</returns>
    public int SweepExpired(long now, int limit)
    {
        if (_expiries.Soonest > now)
        {
            return 0;
        }

        var swept = 0;
        lock (_lock)
        {
            while (swept < limit && _expiries.FirstExpired(now) is { } key)
            {
                Expire(key, _records[key]);
                swept++;
            }
        }

        return swept;
    }

    /// <summary>The live keys at <paramref name="now"/> and the bytes of their values.</summary>
    public (long Keys, long ValueBytes) Count(long now)
    {
        lock (_lock)
        {
            var keys = _keys;
            var valueBytes = _valueBytes;
            foreach (var key in _expiries.Expired(now))
            {
                keys--;
                valueBytes -= new Record(_records[key]).ValueLength;
            }

            return (keys, valueBytes);
        }
    }

    /// <summary>Finds a key's record; one that has expired is removed first, as the sweep would.</summary>
    /// <remarks>The clock is read under the lock: read before, a write could find a key alive that others have seen expire.</remarks>
    private byte[]? FindLive(ReadOnlySpan<byte> key)
    {
        if (!_lookup.TryGetValue(key, out var record))
        {
            return null;
        }

        if (IsLive(record))
        {
            return record;
        }

        Expire(key, record);
        return null;
    }

    private bool IsLive(ReadOnlySpan<byte> record)
    {
        var expiresAt = new Record(record).ExpiresAt;
        return expiresAt == 0 || expiresAt > _time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    private void Expire(ReadOnlySpan<byte> key, byte[] record)
    {
        Remove(key, record);
        Volatile.Write(ref _expiredKeys, _expiredKeys + 1);
    }

    private long Remove(ReadOnlySpan<byte> key, byte[] record)
    {
        var revision = _revisions.Next();
        _lookup.TryRemove(key, out var ownKey, out _);
        _index.Remove(ownKey!);
        _keys--;
        Forget(record);
        return revision;
    }

    /// <summary>Takes a record that is being replaced or removed out of the counters and the expiry queue.</summary>
    private void Forget(byte[] record)
    {
        var view = new Record(record);
        _valueBytes -= view.ValueLength;
        if (view.ExpiresAt != 0)
        {
            _expiries.Remove(view.ExpiresAt, view.Key.ToArray());
        }
    }
}
