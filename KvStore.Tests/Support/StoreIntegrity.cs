using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KvStore.Core.Changes;
using KvStore.Core.Memory;
using KvStore.Core.Search;
using KvStore.Core.Search.Tree;
using KvStore.Core.Store;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Support;

/// <summary>
/// Checks that the parts of a store that nobody is using tell the same story: dictionaries, both orders of the index, cells,
/// counters, expiry queues and revisions.
/// </summary>
internal static class StoreIntegrity
{
    public static void Check(ShardedStore store)
    {
        var index = Index(store);
        var keys = new List<uint>();
        foreach (var shard in Shards(store))
        {
            CheckShard(shard, index.Keys, store.Statistics.Revision);
            keys.AddRange(Records(shard).Keys);
        }

        CheckOrders(index, keys);
        keys.Select(key => Convert.ToHexString(index.Keys[key])).Should().OnlyHaveUniqueItems("a key belongs to one shard");
    }

    /// <summary>Checks that both orders of an index hold <paramref name="keys"/>, and nothing else.</summary>
    public static void CheckOrders(KeyIndex index, IReadOnlyCollection<uint> keys)
    {
        index.Count.Should().Be(keys.Count);
        TreeIntegrity.Check(Forward(index), index.Keys).Order().Should().Equal(keys.Order(), "the forward order holds every key");
        TreeIntegrity.Check(Backward(index), index.Keys).Order().Should().Equal(keys.Order(), "the backward order holds every key");
    }

    /// <summary>Checks that the change log, from which nothing may have gone yet, tells exactly how the store came to be; and that groups end.</summary>
    public static void CheckLog(ShardedStore store)
    {
        var log = Log(store);
        log.OldestRevision.Should().Be(1);
        log.PublishedRevision.Should().Be(log.LastRevision, "nobody is writing");
        using var change = new ChangeBuffer();
        var records = new Dictionary<string, string>(StringComparer.Ordinal);
        var hasMore = false;
        for (var revision = 1L; revision <= log.LastRevision; revision++)
        {
            log.Read(revision, change).Should().Be(ChangeReading.Found);
            hasMore = change.HasMore;
            var key = Convert.ToHexString(change.Key);
            if (change.TryGetRecord(out var record))
            {
                record.Revision.Should().Be(revision);
                records[key] = Text(record);
            }
            else
            {
                records.Remove(key).Should().Be(change.Kind is ChangeKind.Delete or ChangeKind.Expire);
            }
        }

        hasMore.Should().BeFalse("the last group is whole");
        var keys = Index(store).Keys;
        var stored = from shard in Shards(store)
                     from entry in Records(shard)
                     select (Key: Convert.ToHexString(keys[entry.Key]), Record: RecordOf(shard, entry.Value));
        stored.OrderBy(entry => entry.Key, StringComparer.Ordinal).Should().Equal(
            records.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)));
    }

    /// <summary>The entries of all expiry queues.</summary>
    public static int Entries(ShardedStore store) => Shards(store).Sum(shard => Expiries(shard).Count);

    /// <summary>Bytes of the shards' chunks and of their cells in use, and bytes of the index: keys and both orders.</summary>
    public static (long Reserved, long Live, long Index) Memory(ShardedStore store) => (
        Shards(store).Sum(shard => shard.Memory.Reserved), Shards(store).Sum(shard => shard.Memory.Live), Index(store).ReservedBytes);

    private static void CheckShard(Shard shard, KeyHeap keys, long lastRevision)
    {
        var (valueBytes, liveBytes, expiring) = (0L, 0L, new List<(uint, long)>());
        foreach (var (key, cell) in Records(shard))
        {
            Record.TryRead(ShardSlabs(shard).Peek(new SlabRef(cell), out _), out var record).Should().BeTrue();
            record.Revision.Should().BeInRange(1, lastRevision);
            valueBytes += record.Value.Length;
            liveBytes += ShardSlabs(shard).Cell(new SlabRef(cell)).Length;
            if (record.ExpiresAt != 0)
            {
                expiring.Add((key, record.ExpiresAt));
            }
        }

        shard.Totals.Keys.Should().Be(Records(shard).Count, "keys are counted");
        shard.Totals.ValueBytes.Should().Be(valueBytes, "bytes of values are counted");
        shard.Memory.Live.Should().Be(liveBytes, "every cell in use is a record's");
        shard.Memory.Reserved.Should().BeGreaterThanOrEqualTo(liveBytes);

        var queue = Expiries(shard);
        expiring.Except(Entries(queue).UnorderedItems).Should().BeEmpty("every key that expires has an entry");
        queue.Soonest.Should().BeLessThanOrEqualTo(expiring.Select(entry => entry.Item2).Append(long.MaxValue).Min());
    }

    private static string RecordOf(Shard shard, ulong cell)
    {
        Record.TryRead(ShardSlabs(shard).Peek(new SlabRef(cell), out _), out var record).Should().BeTrue();
        return Text(record);
    }

    private static string Text(in Record record) =>
        $"{record.Revision} {record.ExpiresAt} {record.ContentTypeCode} {Convert.ToHexString(record.ContentTypeText)} {Convert.ToHexString(record.Value)}";

    /// <summary>The store's change log.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_log")]
    public static extern ref ChangeLog Log(ShardedStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_shards")]
    private static extern ref Shard[] Shards(ShardedStore store);

    /// <summary>The store's index.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_index")]
    public static extern ref KeyIndex Index(ShardedStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_forward")]
    private static extern ref OrderedTree<ForwardOrder> Forward(KeyIndex index);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_backward")]
    private static extern ref OrderedTree<BackwardOrder> Backward(KeyIndex index);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_records")]
    private static extern ref ConcurrentDictionary<uint, ulong> Records(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_slabs")]
    private static extern ref Slabs ShardSlabs(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_expiries")]
    private static extern ref ExpiryQueue Expiries(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_entries")]
    private static extern ref PriorityQueue<uint, long> Entries(ExpiryQueue queue);
}
