using System.Runtime.InteropServices;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>Some changes on their way from a file to a store, those of each shard apart.</summary>
/// <remarks>So a shard takes all of its own at once: its lock, and what is near it in memory, do not go from thread to thread with every change.
/// Filled by one thread, then read by any number, then used again.</remarks>
/// <param name="shards">How many shards the store has.</param>
internal sealed class LoadBlock(int shards)
{
    // What one long change took is not kept for the short ones after it.
    private const int MostKeptBytes = 4 * 1_024 * 1_024;

    // So much fits into what a processor has for itself, beside what the shards need.
    private const int FullBytes = 128 * 1_024;

    private readonly Chain[] _chains = new Chain[shards];
    private byte[] _bytes = [];
    private Change[] _changes = [];
    private int _usedBytes;
    private int _added;
    private int _committed;
    private int _readers;

    /// <summary>Whether it is time to take out what is in it.</summary>
    public bool IsFull => _usedBytes >= FullBytes;

    /// <summary>Adds a change; it counts when it is committed.</summary>
    /// <param name="revision">Its revision.</param>
    /// <param name="key">The key.</param>
    /// <param name="record">The bytes of its record; none where it was removed.</param>
    public void Add(long revision, ReadOnlySpan<byte> key, ReadOnlySpan<byte> record)
    {
        if (_added == _changes.Length)
        {
            Array.Resize(ref _changes, Math.Max(1_024, _added * 2));
        }

        var length = key.Length + record.Length;
        if (length > _bytes.Length - _usedBytes)
        {
            Array.Resize(ref _bytes, checked((int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, (long)_usedBytes + length + 4_096))));
        }

        key.CopyTo(_bytes.AsSpan(_usedBytes));
        record.CopyTo(_bytes.AsSpan(_usedBytes + key.Length));
        var hash = KeyHash.Of(key);
        _changes[_added++] = new Change(revision, hash, _usedBytes, key.Length, record.Length);
        _usedBytes += length;

        ref var chain = ref _chains[ShardedStore.ShardOf(hash, _chains.Length)];
        (chain.First == 0 ? ref chain.First : ref _changes[chain.Last - 1].Next) = _added;
        chain.Last = _added;
    }

    /// <summary>Makes all that was added count.</summary>
    public void Commit() => _committed = _added;

    /// <summary>Has the index keep all keys, which it should not have yet: so they lie in memory as they were added, and not by shards.</summary>
    public void AddKeys(KeyIndex index)
    {
        foreach (ref var change in _changes.AsSpan(0, _committed))
        {
            change.Reference = index.Add(Key(change));
        }
    }

    /// <summary>Gives it to so many readers.</summary>
    public void Begin(int readers) => _readers = readers;

    /// <summary>Says that a reader has done with it; true for the last, when it is empty again.</summary>
    public bool IsDoneByAll()
    {
        if (Interlocked.Decrement(ref _readers) > 0)
        {
            return false;
        }

        Clear();
        return true;
    }

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        (_added, _committed, _usedBytes) = (0, 0, 0);
        Array.Clear(_chains);
        if (_bytes.Length > MostKeptBytes)
        {
            _bytes = [];
        }
    }

    /// <summary>The changes of a shard that were committed, in the order in which they were added.</summary>
    public Reader Of(int shard) => new(this, _chains[shard].First);

    private ReadOnlySpan<byte> Key(in Change change) => _bytes.AsSpan(change.Offset, change.KeyLength);

    /// <summary>Goes along the changes of a shard.</summary>
    internal ref struct Reader(LoadBlock block, int first)
    {
        private int _next = first;
        private ref Change _change;

        /// <summary>The change's revision.</summary>
        public readonly long Revision => _change.Revision;

        /// <summary>Its key.</summary>
        public readonly HashedKey Key => new(block.Key(_change), _change.Hash);

        /// <summary>The reference to the key that <see cref="AddKeys"/> got; 0 = none.</summary>
        public readonly uint Reference => _change.Reference;

        /// <summary>Its record; empty where the key was removed.</summary>
        public readonly ReadOnlySpan<byte> Record => block._bytes.AsSpan(_change.Offset + _change.KeyLength, _change.RecordLength);

        /// <summary>Goes to the next change.</summary>
        public bool MoveNext()
        {
            if (_next == 0 || _next > block._committed)
            {
                return false;
            }

            _change = ref block._changes[_next - 1];
            _next = _change.Next;
            return true;
        }
    }

    /// <summary>Where a change lies.</summary>
    [StructLayout(LayoutKind.Auto)]
    private record struct Change(long Revision, int Hash, int Offset, int KeyLength, int RecordLength)
    {
        // Of its shard, counted from 1; 0 = none.
        public int Next;
        public uint Reference;
    }

    /// <summary>The first and the last change of a shard, counted from 1; 0 = none.</summary>
    [StructLayout(LayoutKind.Auto)]
    private struct Chain
    {
        public int First;
        public int Last;
    }
}
