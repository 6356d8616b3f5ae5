using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KvStore.Core.Changes;
using KvStore.Core.Memory;
using KvStore.Core.Search;

namespace KvStore.Core.Store;

/// <summary>One stripe of the store: the keys whose hash falls on it, with the lock that orders their writes.</summary>
/// <remarks>
/// <para>Thread safety: writes hold <see cref="_lock"/>. Reads take no lock: they look the key up, copy the value out, and then check
/// that no cell of this shard has been rewritten or freed meanwhile (<see cref="_version"/>, a seqlock); if one has, what they copied may be
/// torn or another record's, and they begin again. A record in a new cell is written before any reader can know it.</para>
/// <para>Invariants, whenever the lock is free: 1. the index holds exactly the dictionaries' keys; 2. every key whose record has an expiry
/// has an entry with it in the expiry queue; 3. revisions of one key only grow.</para>
/// <para>Lock order: shards' locks in the order of the shards, then the index's. Only an atomic batch locks more than one shard.</para>
/// </remarks>
internal sealed partial class Shard
{
    private readonly Lock _lock = new();
    private readonly Slabs _slabs = new();
    private ConcurrentDictionary<uint, ulong> _records;
    private ConcurrentDictionary<uint, ulong>.AlternateLookup<HashedKey> _lookup;
    private ConcurrentDictionary<uint, ulong>.AlternateLookup<KeyGuess> _guesses;
    private ConcurrentDictionary<uint, ulong>.AlternateLookup<NewKey> _additions;
    private readonly ExpiryQueue _expiries = new();
    private readonly ChangeLog _log;
    private readonly KeyIndex _index;
    private readonly KeyHeap _heap;
    private readonly StoreClock _clock;
    private long _keys;
    private long _valueBytes;
    private long _expiredKeys;
    private int _expiring;
    private long _lastRemoval;

    public Shard(ChangeLog log, KeyIndex index, StoreClock clock)
    {
        _clock = clock;
        _log = log;
        _index = index;
        _heap = index.Keys;
        MakeRoom(keys: 31);
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

    /// <summary>The revision of the last write that removed a key; 0 before the first.</summary>
    public long LastRemoval => Volatile.Read(ref _lastRemoval);

    /// <summary>Begins with an empty dictionary that has room for <paramref name="keys"/>.</summary>
    [MemberNotNull(nameof(_records))]
    private void MakeRoom(int keys)
    {
        // Writers of one shard already wait for its lock, so the dictionary needs one stripe of its own.
        _records = new(concurrencyLevel: 1, keys, new KeyReferenceComparer(_heap));
        _lookup = _records.GetAlternateLookup<HashedKey>();
        _guesses = _records.GetAlternateLookup<KeyGuess>();
        _additions = _records.GetAlternateLookup<NewKey>();
    }

    private bool IsLive(long expiresAt) => expiresAt > Now();

    private long Now() => _clock.Now();

    private void Count(int keys, long valueBytes, int expiring)
    {
        _keys += keys;
        _valueBytes += valueBytes;
        _expiring += expiring;
    }
}
