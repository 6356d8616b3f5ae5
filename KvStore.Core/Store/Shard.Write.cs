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

            var slot = _log.Reserve(1, ChangeRecord.Size(key.Bytes.Length, write.Size));
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

            return isOld
                ? new WriteResult(ErrorCode.None, RemoveAndTell(key, cell, old, ChangeKind.Delete))
                : new WriteResult(ErrorCode.KeyNotFound);
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

    private long RemoveAndTell(in HashedKey key, SlabRef cell, in Record record, ChangeKind kind)
    {
        var slot = _log.Reserve(1, ChangeRecord.Size(key.Bytes.Length, 0));

        // Before the key goes: its bytes may be those that the index keeps.
        _log.Write(slot, kind, hasMore: false, Now(), key.Bytes, record: default);
        Remove(key, cell, record);
        _log.Publish(slot, ChangeRecord.Size(key.Bytes.Length, 0));
        return slot.Revision;
    }

    private void Remove(in HashedKey key, SlabRef cell, in Record record)
    {
        Count(keys: -1, -record.ValueLength, record.ExpiresAt == 0 ? 0 : -1);
        _lookup.TryRemove(key, out var reference, out _);
        Free(cell);
        _index.Remove(reference);
    }
}
