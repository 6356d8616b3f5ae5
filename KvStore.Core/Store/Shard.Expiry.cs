using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Keys that expire.</content>
internal sealed partial class Shard
{
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

    /// <summary>Removes a key that has expired. Where the log has no room for that it goes untold: it is gone for everyone by the clock, and a
    /// restart finds it expired as well.</summary>
    private void Expire(in HashedKey key, SlabRef cell, in Record record)
    {
        if (RemoveAndTell(key, cell, record, ChangeKind.Expire, out _) != ErrorCode.None)
        {
            TellExpiry(record);
            Remove(key, cell, record);
        }

        _expiredKeys++;
    }

    /// <summary>Has readers who find a key missing that has expired know of the write that gave it its end: before that is durable, the key is what it
    /// was before, if it comes to that.</summary>
    private void TellExpiry(in Record record)
    {
        if (record.Revision > _lastRemoval)
        {
            TellRemoval(record.Revision);
        }
    }

    /// <summary>Sees to it that <see cref="Schedule"/> needs no memory for the entry.</summary>
    private void ReserveExpiry(in RecordWrite write)
    {
        if (write.ExpiresAt != 0)
        {
            _expiries.Reserve();
        }
    }

    private void Schedule(in HashedKey key, in RecordWrite write)
    {
        AddExpiry(key, write.ExpiresAt);
        TidyExpiries();
    }

    private void AddExpiry(in HashedKey key, long expiresAt)
    {
        if (expiresAt != 0)
        {
            _lookup.TryGetValue(key, out var reference, out _);
            _expiries.Add(reference, expiresAt);
        }
    }

    /// <summary>Drops the queue's stale entries, where they are most of it.</summary>
    public void TidyExpiries()
    {
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
}
