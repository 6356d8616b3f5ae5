using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Filling a shard from a snapshot and a log, before anyone uses it: nothing is told to anyone, and revisions are those that records have.</content>
/// <remarks>Both members that change a key are idempotent by revision: what a key has got by a later write stays.</remarks>
internal sealed partial class Shard
{
    // Together they wait for memory once.
    private const int LoadedTogether = 16;

    /// <summary>Begins anew, with room for <paramref name="keys"/>.</summary>
    public void BeginLoading(int keys) => MakeRoom(keys);

    /// <summary>Takes changes of this shard, one after the other.</summary>
    public void Load(LoadBlock.Reader changes)
    {
        lock (_lock)
        {
            var ahead = changes;
            while (Approach(ref ahead) is > 0 and var near)
            {
                for (; near > 0; near--)
                {
                    changes.MoveNext();
                    LoadNext(changes);
                }
            }
        }
    }

    private int Approach(ref LoadBlock.Reader ahead)
    {
        var count = 0;
        for (; count < LoadedTogether && ahead.MoveNext(); count++)
        {
            Approach(ahead.Key.Hash);
        }

        return count;
    }

    private void LoadNext(in LoadBlock.Reader change)
    {
        if (change.Record.IsEmpty)
        {
            Unload(change.Key, change.Revision);
        }
        else if (Record.TryRead(change.Record, out var record))
        {
            Load(change.Key, change.Reference, record, change.Record);
        }
    }

    /// <summary>Gives a key a record, where it has none of the same or of a later revision.</summary>
    private void Load(in HashedKey key, uint reference, in Record record, ReadOnlySpan<byte> bytes)
    {
        if (record.ContentTypeCode == ContentTypes.TextFollows)
        {
            ContentTypes.Share(record.ContentTypeText);
        }

        if (TryFind(key, out var cell, out var old))
        {
            if (reference != 0)
            {
                _index.Remove(reference);
            }

            if (old.Revision >= record.Revision)
            {
                return;
            }

            Count(keys: 0, record.ValueLength - old.ValueLength, (record.ExpiresAt == 0 ? 0 : 1) - (old.ExpiresAt == 0 ? 0 : 1));
            LoadOver(key, cell, old.TotalSize, bytes);
        }
        else
        {
            var added = LoadCell(bytes);
            _additions.TryAdd(new NewKey(key.Hash, reference == 0 ? _index.Add(key.Bytes) : reference), added.Value);
            Count(keys: 1, record.ValueLength, record.ExpiresAt == 0 ? 0 : 1);
        }

        if (record.ExpiresAt != 0)
        {
            AddExpiry(key, record.ExpiresAt);
            TidyExpiries();
        }
    }

    /// <summary>Removes a key, where its record is of an earlier revision.</summary>
    private void Unload(in HashedKey key, long revision)
    {
        if (TryFind(key, out var cell, out var record) && record.Revision < revision)
        {
            Remove(key, cell, record);
        }
    }

    private void LoadOver(in HashedKey key, SlabRef cell, int oldSize, ReadOnlySpan<byte> bytes)
    {
        if (Slabs.AreCellsEqual(oldSize, bytes.Length))
        {
            bytes.CopyTo(_slabs.Cell(cell));
            return;
        }

        _lookup[key] = LoadCell(bytes).Value;
        Free(cell);
    }

    private SlabRef LoadCell(ReadOnlySpan<byte> bytes)
    {
        var cell = _slabs.Allocate(bytes.Length);
        bytes.CopyTo(_slabs.Cell(cell));
        return cell;
    }
}
