using System.Globalization;
using KvStore.Core.Memory;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using Xunit.Abstractions;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Soak;

/// <summary>Memory that nothing lies in, after all that makes holes: it is bounded, and used again before more is taken.</summary>
/// <remarks>A chunk stays while one of its four pages is in use, and so does a chunk's worth of pages and the one being filled.</remarks>
public sealed class FragmentationTests(ITestOutputHelper output)
{
    private const int Keys = 50_000;
    private const int Cycles = 6;
    private const int PagesInChunk = Slabs.ChunkBytes / Slabs.PageBytes;
    private const int Spare = 2 * Slabs.ChunkBytes;

    private readonly ShardedStore _store = new(shards: 1);
    private readonly Random _random = new(1);

    [Fact]
    public void Values_of_one_size_leave_a_tenth_unused_at_the_most()
    {
        foreach (var length in (int[])[32, 100, 1_000])
        {
            SetAll(length);
            var (reserved, live) = Measure($"{length} bytes");
            reserved.Should().BeLessThanOrEqualTo((live * 11 / 10) + Spare);
        }
    }

    [Fact]
    public void Values_that_all_change_size_leave_no_more_than_one_page_in_use_keeps_of_its_chunk()
    {
        var largest = new List<long>();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            foreach (var length in (int[])[32, 100, 20])
            {
                SetAll(length);
                var (reserved, live) = Measure($"cycle {cycle}, {length} bytes");
                reserved.Should().BeLessThanOrEqualTo((live * PagesInChunk) + Spare);
                largest.Add(reserved);
            }
        }

        largest.Max().Should().BeLessThanOrEqualTo(largest.Take(3).Max() * 3 / 2, "what a cycle leaves unused is used in the next");
    }

    [Fact]
    public void Nine_keys_in_ten_deleted_at_random_leave_room_that_keys_to_come_fit_in()
    {
        SetAll(32);
        var (loaded, index) = (Measure("loaded").Reserved, StoreIntegrity.Memory(_store).Index);
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            DeleteMost();
            Measure($"cycle {cycle}, deleted").Reserved.Should().BeLessThanOrEqualTo(loaded);
            SetAll(32);
            Measure($"cycle {cycle}, loaded").Reserved.Should().BeLessThanOrEqualTo(loaded + Spare);
            StoreIntegrity.Memory(_store).Index.Should().BeLessThanOrEqualTo(index * 11 / 10);
        }

        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Deletes_at_random_between_changes_of_size_do_not_add_up()
    {
        var largest = new List<long>();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            foreach (var length in (int[])[32, 100])
            {
                SetAll(length);
                largest.Add(Measure($"cycle {cycle}, {length} bytes").Reserved);
                DeleteMost();
            }
        }

        largest.Max().Should().BeLessThanOrEqualTo(largest.Take(2).Max() * 3 / 2);
    }

    [Fact]
    public void A_store_that_has_been_emptied_gives_its_memory_back()
    {
        SetAll(32);
        SetAll(10_000);
        for (var i = 0; i < Keys; i++)
        {
            _store.Delete(Key(i));
        }

        Measure("emptied").Reserved.Should().BeLessThanOrEqualTo(Spare);
        _store.Count().Should().Be(0);
    }

    private (long Reserved, long Live) Measure(string when)
    {
        var (reserved, live, index) = StoreIntegrity.Memory(_store);
        output.WriteLine(FormattableString.Invariant(
            $"{when}: {live:N0} of {reserved:N0} bytes in use, {(double)reserved / live:N2} times as much; index {index:N0}"));
        return (reserved, live);
    }

    private void SetAll(int valueLength)
    {
        var value = new byte[valueLength];
        var order = Enumerable.Range(0, Keys).ToArray();
        _random.Shuffle(order);
        foreach (var i in order)
        {
            _store.Set(Utf8(Key(i)), value);
        }
    }

    private void DeleteMost()
    {
        for (var i = 0; i < Keys; i++)
        {
            if (_random.Next(10) != 0)
            {
                _store.Delete(Key(i));
            }
        }
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"key/{i:d12}");
}
