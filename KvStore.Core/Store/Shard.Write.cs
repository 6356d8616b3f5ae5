using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Writing under the lock. Every write takes its revision and its place in the log at once, and appends its change when it is done.</content>
internal sealed partial class Shard
{
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

            var error = _log.Reserve(1, ChangeRecord.Size(key.Bytes.Length, write.Size), out var slot);
            if (error != ErrorCode.None)
            {
                return new WriteResult(error);
            }

            try
            {
                cell = isOld ? Replace(key, cell, old, write, slot.Revision) : Insert(key, write, slot.Revision);
            }
            catch
            {
                _log.AppendNothing(slot);
                throw;
            }

            _log.Append(slot, ChangeKind.Set, Now(), key.Bytes, _slabs.Cell(cell)[..write.Size]);
            return new WriteResult(ErrorCode.None, slot.Revision, Created: !isOld);
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

            if (!isOld)
            {
                return new WriteResult(ErrorCode.KeyNotFound);
            }

            var error = RemoveAndTell(key, cell, old, ChangeKind.Delete, out var revision);
            return new WriteResult(error, revision);
        }
    }

    private SlabRef Insert(in HashedKey key, in RecordWrite write, long revision)
    {
        ReserveExpiry(write);
        var cell = Write(write, revision);
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
        Schedule(key, write);
        return cell;
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

    private SlabRef Replace(in HashedKey key, SlabRef cell, in Record old, in RecordWrite write, long revision)
    {
        ReserveExpiry(write);

        // What is viewed as the old record may be the new one in a moment.
        var valueBytes = write.ValueLength - old.ValueLength;
        var expiring = (write.ExpiresAt == 0 ? 0 : 1) - (old.ExpiresAt == 0 ? 0 : 1);
        if (write.FitsCellOf(old))
        {
            Rewrite(cell, write, revision);
        }
        else
        {
            var replaced = cell;
            cell = Write(write, revision);
            _lookup[key] = cell.Value;
            Free(replaced);
        }

        Count(keys: 0, valueBytes, expiring);
        Schedule(key, write);
        return cell;
    }

    /// <summary>Writes a record into a cell that no reader knows.</summary>
    private SlabRef Write(in RecordWrite write, long revision)
    {
        var cell = write.Allocate(_slabs);
        write.Complete(_slabs.Cell(cell), revision);

        // Readers take no lock: whoever sees the reference must see the record.
        Volatile.WriteBarrier();
        return cell;
    }

    /// <summary>Removes a key, unless the log has no room for that.</summary>
    private ErrorCode RemoveAndTell(in HashedKey key, SlabRef cell, in Record record, ChangeKind kind, out long revision)
    {
        revision = 0;
        var error = _log.Reserve(1, ChangeRecord.Size(key.Bytes.Length, 0), out var slot);
        if (error != ErrorCode.None)
        {
            return error;
        }

        // Before the key goes: its bytes may be those that the index keeps.
        _log.Write(slot, kind, hasMore: false, Now(), key.Bytes, record: default);
        revision = slot.Revision;
        TellRemoval(revision);
        Remove(key, cell, record);
        _log.Publish(slot, ChangeRecord.Size(key.Bytes.Length, 0));
        return ErrorCode.None;
    }

    /// <summary>Has readers who find a key missing know how late it may have been removed.</summary>
    private void TellRemoval(long revision)
    {
        // Before the key goes: who finds it missing looks at this next.
        Volatile.Write(ref _lastRemoval, revision);
        Volatile.WriteBarrier();
    }

    private void Remove(in HashedKey key, SlabRef cell, in Record record)
    {
        Count(keys: -1, -record.ValueLength, record.ExpiresAt == 0 ? 0 : -1);
        _lookup.TryRemove(key, out var reference, out _);
        Free(cell);
        _index.Remove(reference);
    }
}
