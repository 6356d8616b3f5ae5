using KvStore.Core.Memory;
using KvStore.Core.Records;
using KvStore.Core.Store.Batches;

namespace KvStore.Core.Store;

/// <content>
/// The parts of an atomic batch's work, which hold the lock between <see cref="Enter"/> and <see cref="Exit"/>. First everything
/// that may fail for want of memory is done where no reader sees it, and can be undone; then what cannot fail.
/// </content>
internal sealed partial class Shard
{
    // Entries that prepared writes will add to the expiry queue.
    private int _preparedExpiries;

    /// <summary>Asks for the memory of a key and its record, which are soon to be looked up. Takes no lock.</summary>
    public void Approach(int hash)
    {
        if (_guesses.TryGetValue(new KeyGuess(hash), out var reference, out var cell))
        {
            _slabs.Prefetch(new SlabRef(cell));
            _heap.Prefetch(reference);
        }
    }

    /// <summary>Takes the lock. Who takes those of several shards does so in the shards' order.</summary>
    public void Enter() => _lock.Enter();

    /// <summary>Gives the lock back.</summary>
    public void Exit() => _lock.Exit();

    /// <summary>Finds out what the store has under a key; a record that has expired at <paramref name="now"/> is removed first.</summary>
    public void Resolve(in HashedKey hashed, ref StagedKey key, long now)
    {
        if (!TryFind(hashed, out var cell, out var record))
        {
            return;
        }

        if (record.ExpiresAt != 0 && record.ExpiresAt <= now)
        {
            Expire(hashed, cell, record);
            return;
        }

        (key.Cell, key.Revision) = (cell, record.Revision);
    }

    /// <summary>Keeps a record's value beyond the lock. One that has a chunk of its own stays where it is, as that is never rewritten.</summary>
    public KeptValue Keep(SlabRef cell, KeptValues values)
    {
        var record = RecordAt(cell, out var isOwnChunk);
        var bytes = isOwnChunk
            ? _slabs.ChunkOf(cell).Slice(record.TotalSize - record.ValueLength, record.ValueLength)
            : values.Copy(record.Value);
        return new KeptValue(bytes, ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText), record.ExpiresAt);
    }

    /// <summary>Writes a record, without its revision, into a cell that no reader knows; and takes a reference where the key is new.</summary>
    public void Prepare(in HashedKey hashed, ref StagedKey key, in RecordWrite write)
    {
        if (write.ExpiresAt != 0)
        {
            _expiries.Reserve(_preparedExpiries + 1);
            _preparedExpiries++;
        }

        key.NewCell = write.Allocate(_slabs);
        write.Complete(_slabs.Cell(key.NewCell), revision: 0);
        if (key.Revision == 0)
        {
            key.Reference = _index.Add(hashed.Bytes);
        }
    }

    /// <summary>Gives a prepared record its revision.</summary>
    /// <returns>The record.</returns>
    public ReadOnlySpan<byte> Stamp(in StagedKey key, int size, long revision)
    {
        var bytes = _slabs.Cell(key.NewCell)[..size];
        Record.StampRevision(bytes, revision);
        return bytes;
    }

    /// <summary>Lets readers see a key that is new.</summary>
    public void InsertPrepared(ref StagedKey key)
    {
        // Who puts it into the dictionary has the reference, whether that succeeds or not.
        var reference = key.Reference;
        key.Reference = 0;
        Volatile.WriteBarrier();
        Publish(reference, key.NewCell);
        key.IsInserted = true;
    }

    /// <summary>Undoes <see cref="Prepare"/> and <see cref="InsertPrepared"/>, whatever was done of them. Needs no memory.</summary>
    public void Undo(in HashedKey hashed, ref StagedKey key)
    {
        _preparedExpiries = 0;
        if (key.IsInserted)
        {
            _lookup.TryRemove(hashed, out key.Reference, out _);
        }

        if (key.NewCell != default)
        {
            Free(key.NewCell);
        }

        if (key.Reference != 0)
        {
            _index.Remove(key.Reference);
        }
    }

    /// <summary>Does what is left to do for a key that is written. Needs no memory.</summary>
    /// <param name="hashed">The key.</param>
    /// <param name="key">What is known of it.</param>
    /// <param name="revision">The last revision of the batch.</param>
    public void Finish(in HashedKey hashed, ref StagedKey key, long revision)
    {
        if (!key.Exists)
        {
            if (key.Revision != 0)
            {
                TellRemoval(revision);
                Remove(hashed, key.Cell, RecordAt(key.Cell, out _));
            }

            return;
        }

        var record = RecordAt(key.NewCell, out _);
        Count(keys: 0, record.ValueLength, record.ExpiresAt == 0 ? 0 : 1);
        if (key.Revision == 0)
        {
            Count(keys: 1, valueBytes: 0, expiring: 0);
        }
        else
        {
            var old = RecordAt(key.Cell, out _);
            Count(keys: 0, -old.ValueLength, old.ExpiresAt == 0 ? 0 : -1);
            Volatile.WriteBarrier();
            _lookup[hashed] = key.NewCell.Value;
            Free(key.Cell);
        }

        AddExpiry(hashed, record.ExpiresAt);
        _preparedExpiries = 0;
    }

    private Record RecordAt(SlabRef cell, out bool isOwnChunk)
    {
        Record.TryRead(_slabs.Peek(cell, out isOwnChunk), out var record);
        return record;
    }
}
