using System.Collections.Concurrent;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>One stripe of the store: the keys whose hash falls on it, with the lock that orders their writes.</summary>
/// <remarks>
/// <para>Thread safety: writes hold <see cref="_lock"/>. Reads take no lock: they look the key up, copy the value out, and then check
/// that no cell of this shard has been rewritten or freed meanwhile (<see cref="_version"/>, a seqlock); if one has, what they copied may be
/// torn or another record's, and they begin again. A record in a new cell is written before any reader can know it.</para>
/// <para>Invariants, whenever the lock is free: 1. the index holds exactly the dictionaries' keys; 2. every key whose record has an expiry
/// has an entry with it in the expiry queue; 3. revisions of one key only grow.</para>
/// <para>Lock order: a shard's lock, then the index's. No two shards are locked at once.</para>
/// </remarks>
internal sealed partial class Shard
{
    private readonly Lock _lock = new();
    private readonly Slabs _slabs = new();
    private readonly ConcurrentDictionary<uint, ulong> _records;
    private readonly ConcurrentDictionary<uint, ulong>.AlternateLookup<HashedKey> _lookup;
    private readonly ConcurrentDictionary<uint, ulong>.AlternateLookup<KeyGuess> _guesses;
    private readonly ExpiryQueue _expiries = new();
    private readonly RevisionCounter _revisions;
    private readonly KeyIndex _index;
    private readonly KeyHeap _heap;
    private readonly TimeProvider _time;
    private long _keys;
    private long _valueBytes;
    private long _expiredKeys;
    private int _expiring;

    public Shard(RevisionCounter revisions, KeyIndex index, TimeProvider time)
    {
        _time = time;
        _revisions = revisions;
        _index = index;
        _heap = index.Keys;

        // Writers of one shard already wait for its lock, so the dictionary needs one stripe of its own.
        _records = new(concurrencyLevel: 1, capacity: 31, new KeyReferenceComparer(index.Keys));
        _lookup = _records.GetAlternateLookup<HashedKey>();
        _guesses = _records.GetAlternateLookup<KeyGuess>();
    }

    /// <summary>Keys, bytes of their values, and keys that have expired since the start.</summary>
    public (long Keys, long ValueBytes, long ExpiredKeys) Totals
    {
        get
        {
            lock (_lock)
            {
                return (_keys, _valueBytes, _expiredKeys);
            }
        }
    }

    /// <summary>Bytes of the shard's chunks, and of the cells in use.</summary>
    public (long Reserved, long Live) Memory
    {
        get
        {
            lock (_lock)
            {
                return (_slabs.ReservedBytes, _slabs.LiveBytes);
            }
        }
    }

    /// <summary>Sets a key, if the condition holds.</summary>
    /// <param name="key">The key.</param>
    /// <param name="write">The record to be.</param>
    /// <param name="condition">What must hold.</param>
    public WriteResult Set(in HashedKey key, in RecordWrite write, in WriteCondition condition)
    {
        lock (_lock)
        {
            var isOld = TryFindLive(key, out var cell, out var old);
            var current = isOld ? old.Revision : 0;
            if (!condition.Holds(current))
            {
                return new WriteResult(ErrorCode.RevisionMismatch, current);
            }

            if (write.ExpiresAt != 0)
            {
                _expiries.Reserve();
            }

            var revision = isOld ? Replace(key, cell, old, write) : Insert(key, write);
            if (write.ExpiresAt != 0)
            {
                Schedule(key, write.ExpiresAt);
            }

            return new WriteResult(ErrorCode.None, revision, Created: !isOld);
        }
    }

    /// <summary>Removes a key if it exists and the condition holds.</summary>
    public WriteResult Delete(in HashedKey key, in WriteCondition condition)
    {
        lock (_lock)
        {
            var isOld = TryFindLive(key, out var cell, out var old);
            var current = isOld ? old.Revision : 0;
            if (!condition.Holds(current))
            {
                return new WriteResult(ErrorCode.RevisionMismatch, current);
            }

            return isOld
                ? new WriteResult(ErrorCode.None, Remove(key, cell, old))
                : new WriteResult(ErrorCode.KeyNotFound);
        }
    }

    /// <summary>Removes at most <paramref name="limit"/> keys that have expired at <paramref name="now"/>.</summary>
    /// <returns>Whether there may be more.</returns>
    public bool SweepExpired(long now, int limit)
    {
        if (_expiries.Soonest > now)
        {
            return false;
        }

        lock (_lock)
        {
            for (var i = 0; i < limit; i++)
            {
                if (!_expiries.TryTake(now, out var reference, out var expiresAt))
                {
                    return false;
                }

                var key = new HashedKey(_index.Keys[reference]);
                if (IsCurrent(reference, key, expiresAt) && TryFind(key, out var cell, out var record))
                {
                    Expire(key, cell, record);
                }
            }
        }

        return true;
    }

    private bool IsLive(long expiresAt) => expiresAt > _time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Expire(in HashedKey key, SlabRef cell, in Record record)
    {
        Remove(key, cell, record);
        _expiredKeys++;
    }

    private long Insert(in HashedKey key, in RecordWrite write)
    {
        var cell = Write(write, out var revision);
        try
        {
            Publish(_index.Add(key.Bytes), cell);
        }
        catch
        {
            _slabs.Free(cell);
            throw;
        }

        Count(keys: 1, write.ValueLength, expiring: write.ExpiresAt == 0 ? 0 : 1);
        return revision;
    }

    private void Publish(uint key, SlabRef cell)
    {
        try
        {
            _records[key] = cell.Value;
        }
        catch (OutOfMemoryException) when (_records.ContainsKey(key))
        {
            // The key is in: the dictionary found no memory to grow, and works as it is.
        }
        catch
        {
            _index.Remove(key);
            throw;
        }
    }

    private long Replace(in HashedKey key, SlabRef cell, in Record old, in RecordWrite write)
    {
        // What is viewed as the old record may be the new one in a moment.
        var valueBytes = write.ValueLength - old.ValueLength;
        var expiring = (write.ExpiresAt == 0 ? 0 : 1) - (old.ExpiresAt == 0 ? 0 : 1);
        long revision;
        if (write.FitsCellOf(old))
        {
            revision = _revisions.Next();
            Rewrite(cell, write, revision);
        }
        else
        {
            _lookup[key] = Write(write, out revision).Value;
            Free(cell);
        }

        Count(keys: 0, valueBytes, expiring);
        return revision;
    }

    /// <summary>Writes a record into a cell that no reader knows.</summary>
    private SlabRef Write(in RecordWrite write, out long revision)
    {
        var cell = write.Allocate(_slabs);
        revision = _revisions.Next();
        write.Complete(_slabs.Cell(cell), revision);

        // Readers take no lock: whoever sees the reference must see the record.
        Volatile.WriteBarrier();
        return cell;
    }

    private long Remove(in HashedKey key, SlabRef cell, in Record record)
    {
        var revision = _revisions.Next();
        Count(keys: -1, -record.ValueLength, record.ExpiresAt == 0 ? 0 : -1);
        _lookup.TryRemove(key, out var reference, out _);
        Free(cell);
        _index.Remove(reference);
        return revision;
    }

    private void Schedule(in HashedKey key, long expiresAt)
    {
        _lookup.TryGetValue(key, out var reference, out _);
        _expiries.Add(reference, expiresAt);
        if (_expiries.IsMostlyStale(_expiring))
        {
            _expiries.DropStale((entry, time) => IsCurrent(entry, new HashedKey(_index.Keys[entry]), time));
        }
    }

    /// <summary>Whether an entry of the expiry queue tells when its key expires.</summary>
    /// <remarks>A stale entry's reference may be another shard's by now, whose bytes may be changing: only a reference that is in this
    /// shard's dictionary has a key that stays.</remarks>
    private bool IsCurrent(uint reference, in HashedKey key, long expiresAt) =>
        _lookup.TryGetValue(key, out var actual, out var cell)
        && actual == reference
        && Record.TryRead(_slabs.Peek(new SlabRef(cell), out _), out var record)
        && record.ExpiresAt == expiresAt;

    private void Count(int keys, long valueBytes, int expiring)
    {
        _keys += keys;
        _valueBytes += valueBytes;
        _expiring += expiring;
    }
}
