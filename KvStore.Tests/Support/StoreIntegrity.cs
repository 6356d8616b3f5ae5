using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using KvStore.Core.Search;
using KvStore.Core.Store;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Support;

/// <summary>
/// Checks that the parts of a store that nobody is using tell the same story: dictionary, both orders of the index,
/// counters, expiry queues and revisions.
/// </summary>
internal static class StoreIntegrity
{
    private static readonly IComparer<byte[]> ByBytes = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    public static void Check(ShardedStore store)
    {
        var shards = Shards(store);
        foreach (var shard in shards)
        {
            CheckShard(shard, store.Statistics.Revision);
        }

        var keys = shards.SelectMany(shard => Records(shard).Keys).Order(ByBytes).Select(Convert.ToHexString).ToList();
        keys.Should().OnlyHaveUniqueItems("a key belongs to one shard");

        var index = (SortedKeyIndex)Index(store);
        Forward(index).Select(Convert.ToHexString).Should().Equal(keys, "the forward order holds every key, by its bytes");
        Backward(index).Select(Reversed).Should().Equal(
            keys.Select(key => Reversed(Convert.FromHexString(key))).Order(StringComparer.Ordinal),
            "the backward order holds every key, by its bytes from the end");
    }

    private static void CheckShard(Shard shard, long lastRevision)
    {
        var valueBytes = 0L;
        var expiring = new List<(long, string)>();
        foreach (var (key, bytes) in Records(shard))
        {
            var record = new Record(bytes);
            record.Key.SequenceEqual(key).Should().BeTrue("a record holds the key it is found by");
            record.Revision.Should().BeInRange(1, lastRevision);
            valueBytes += record.ValueLength;
            if (record.ExpiresAt != 0)
            {
                expiring.Add((record.ExpiresAt, Convert.ToHexString(key)));
            }
        }

        Keys(shard).Should().Be(Records(shard).Count, "keys are counted");
        ValueBytes(shard).Should().Be(valueBytes, "bytes of values are counted");

        var queue = Expiries(shard);
        Entries(queue).Select(entry => (entry.ExpiresAt, Convert.ToHexString(entry.Key))).Should().Equal(
            expiring.Order(), "the expiry queue holds exactly the keys that expire, soonest first");
        queue.Soonest.Should().Be(expiring.Count == 0 ? long.MaxValue : expiring.Min().Item1);
    }

    private static string Reversed(byte[] key) => Convert.ToHexString([.. key.Reverse()]);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_shards")]
    private static extern ref Shard[] Shards(ShardedStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_index")]
    private static extern ref IKeyIndex Index(ShardedStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_forward")]
    private static extern ref SortedSet<byte[]> Forward(SortedKeyIndex index);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_backward")]
    private static extern ref SortedSet<byte[]> Backward(SortedKeyIndex index);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_records")]
    private static extern ref ConcurrentDictionary<byte[], byte[]> Records(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_expiries")]
    private static extern ref ExpiryQueue Expiries(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_keys")]
    private static extern ref long Keys(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_valueBytes")]
    private static extern ref long ValueBytes(Shard shard);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_entries")]
    private static extern ref SortedSet<(long ExpiresAt, byte[] Key)> Entries(ExpiryQueue queue);
}
