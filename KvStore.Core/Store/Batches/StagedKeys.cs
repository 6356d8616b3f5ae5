using System.Numerics;
using System.Runtime.InteropServices;
using KvStore.Core.Memory;

namespace KvStore.Core.Store.Batches;

/// <summary>A key of an atomic batch: what the store has under it, and what the batch would put there.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct StagedKey
{
    /// <summary>The first operation on the key, which has its bytes.</summary>
    public int Operation;

    /// <summary>The key's hash.</summary>
    public int Hash;

    /// <summary>The next key in its bucket, plus 1; 0 = none.</summary>
    public int Next;

    /// <summary>Where the key belongs.</summary>
    public Shard Shard;

    /// <summary>The record that the store has.</summary>
    public SlabRef Cell;

    /// <summary>Its revision; 0 = it has none.</summary>
    public long Revision;

    /// <summary>The place of its value among those that were read, plus 1; 0 = it was not read.</summary>
    public int Value;

    /// <summary>The last operation that writes the key; -1 = none does.</summary>
    public int Write;

    /// <summary>Whether there is a value after that operation.</summary>
    public bool Exists;

    /// <summary>The record that is to be, in a cell that no reader knows.</summary>
    public SlabRef NewCell;

    /// <summary>The reference of a new key, until the dictionary has it.</summary>
    public uint Reference;

    /// <summary>Whether the new key is in the dictionary.</summary>
    public bool IsInserted;

    /// <summary>Whether the batch creates the key.</summary>
    public readonly bool IsNew => Write >= 0 && Exists && Revision == 0;
}

/// <summary>The different keys of an atomic batch, in the order in which they come.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class StagedKeys(Batch batch)
{
    private readonly int[] _buckets = new int[BitOperations.RoundUpToPowerOf2((uint)batch.Count)];
    private readonly List<StagedKey> _keys = [];

    /// <summary>All keys, to be changed in place. No key may be added meanwhile.</summary>
    public Span<StagedKey> All => CollectionsMarshal.AsSpan(_keys);

    /// <summary>A key with its hash.</summary>
    public HashedKey this[in StagedKey key] => new(batch.Key(key.Operation), key.Hash);

    /// <summary>The place of an operation's key; adds it where it is not there.</summary>
    public int Find(int operation, int hash, Shard shard)
    {
        var key = batch.Key(operation);
        ref var bucket = ref _buckets[hash & (_buckets.Length - 1)];
        for (var place = bucket - 1; place >= 0; place = All[place].Next - 1)
        {
            if (All[place].Hash == hash && batch.Key(All[place].Operation).SequenceEqual(key))
            {
                return place;
            }
        }

        _keys.Add(new StagedKey { Operation = operation, Hash = hash, Next = bucket, Shard = shard, Write = -1 });
        bucket = _keys.Count;
        return bucket - 1;
    }
}
