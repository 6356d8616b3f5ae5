using System.Globalization;
using System.Runtime.CompilerServices;
using KvStore.Core.Changes;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using Xunit.Abstractions;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Soak;

/// <summary>The bytes that a key costs, both orders included: a layout that has grown by a word is noticed.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryLayoutTests(ITestOutputHelper output)
{
    private const int Keys = 400_000;
    private const int ValueBytes = 32;

    // Few, so that a part of a chunk that a shard has not used yet weighs little.
    private const int Shards = 4;

    [Fact]
    public void A_key_of_16_bytes_with_a_value_of_32_costs_no_more_than_it_did()
    {
        // What tests before this one have left goes in its own time, a timer's, too: so the one in the middle of three.
        var (heap, reserved, index) = Enumerable.Range(0, 3).Select(_ => Measure()).OrderBy(measured => measured.Heap).ElementAt(1);
        output.WriteLine(FormattableString.Invariant(
            $"{heap:N1} bytes a key: records {PerKey(reserved):N1}, keys and orders {PerKey(index):N1}, rest {heap - PerKey(reserved + index):N1}"));

        heap.Should().BeInRange(120, 143);
        PerKey(reserved).Should().BeInRange(40, 43, "a record is 8 bytes and its value 32");
        PerKey(index).Should().BeInRange(34, 43, "a key is 17 bytes in a cell of 18, and 8 in each of two leaves, about three quarters full");
        (heap - PerKey(reserved + index)).Should().BeInRange(40, 60, "a dictionary's entry is 40 bytes, and 8 in a table");
    }

    private static (double Heap, long Records, long Index) Measure()
    {
        var filled = Fill();
        var with = GC.GetTotalMemory(forceFullCollection: true);
        var (records, index) = Reserved(filled);
        filled.Value = null;
        return (PerKey(with - GC.GetTotalMemory(forceFullCollection: true)), records, index);
    }

    // Apart, so that nothing of the test itself refers to the store.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static StrongBox<ShardedStore?> Fill()
    {
        var store = new ShardedStore(new StoreLimits(MaxValueBytes: 1_024), Shards, window: new ChangeLogLimits(65_536, 1_024));
        var value = new byte[ValueBytes];
        var order = Enumerable.Range(0, Keys).ToArray();
        new Random(1).Shuffle(order);
        foreach (var i in order)
        {
            store.Set(Utf8(string.Create(CultureInfo.InvariantCulture, $"key/{i:d12}")), value);
        }

        return new StrongBox<ShardedStore?>(store);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (long Records, long Index) Reserved(StrongBox<ShardedStore?> filled)
    {
        var (records, _, index) = StoreIntegrity.Memory(filled.Value!);
        return (records, index);
    }

    private static double PerKey(long bytes) => (double)bytes / Keys;
}
