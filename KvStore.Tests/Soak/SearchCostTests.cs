using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Soak;

/// <summary>What searches cost at the worst, in keys looked at: a time would be another on each machine.</summary>
public sealed class SearchCostTests
{
    private const int Many = 50_000;
    private const int Slice = 256;

    private readonly ShardedStore _store = new();

    private KeyIndex Index => StoreIntegrity.Index(_store);

    [Theory]
    [InlineData("a/", "/x", 10)]
    [InlineData("a/", "/x", 10_000)]
    [InlineData("b/", "/y", 10)]
    public void A_prefix_and_a_suffix_of_half_the_keys_each_that_hardly_meet_cost_no_more_than_one_of_them(string prefix, string suffix, int limit)
    {
        // Half begin with a/ and end with /y, half begin with b/ and end with /x.
        Fill(Many, i => i % 2 == 0 ? $"a/{i:d6}/y" : $"b/{i:d6}/x");
        Fill(3, i => $"a/zz{i}/x");
        Fill(3, i => $"b/zz{i}/y");

        var keys = CostOf(() => _store.Page(Filter(prefix, suffix), new KeyCursor(), limit).Keys, out var cost);

        keys.Should().HaveCount(3);
        cost.Should().BeLessThan((Many / 2) + (3 * Slice));
        CostOf(() => _store.Count(prefix, suffix), out cost).Should().Be(3);
        cost.Should().BeLessThan((Many / 2) + Slice);
    }

    [Theory]
    [InlineData("rare/", "/x")]
    [InlineData("a/", "/rare")]
    public void A_few_keys_on_one_side_are_all_that_is_read(string prefix, string suffix)
    {
        const int Few = 20;
        Fill(Many, i => $"a/{i:d6}/x");
        Fill(Few, i => $"rare/{i}/x");
        Fill(Few, i => $"a/{i}/rare");

        CostOf(() => _store.Page(Filter(prefix, suffix), new KeyCursor(), 10).Keys, out var cost).Should().HaveCount(10);
        cost.Should().BeLessThanOrEqualTo(Few + 1);
        CostOf(() => _store.Count(prefix, suffix), out cost).Should().Be(Few);
        cost.Should().BeLessThanOrEqualTo(Few + 1);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(400)]
    public void Matches_that_are_spread_evenly_cost_a_page_as_many_keys_as_lie_between_them(int limit)
    {
        const int Apart = 100;
        Fill(Many, i => $"a/{i:d6}/{i % Apart}");

        var keys = CostOf(() => _store.Page(Filter("a/", "/7"), new KeyCursor(), limit).Keys, out var cost);

        keys.Should().HaveCount(limit);
        cost.Should().BeLessThan(Math.Min((limit + 2) * Apart, Many / Apart) + Slice);
    }

    [Fact]
    public void A_long_prefix_that_all_keys_share_costs_a_page_nothing()
    {
        const int Count = 200_000;
        var prefix = new string('p', 1_000);
        Fill(Count, i => $"{prefix}{i:x6}");

        CostOf(() => _store.Page(Filter(prefix), new KeyCursor(), 10).Keys, out var cost).Should().HaveCount(10);
        cost.Should().BeLessThanOrEqualTo(11);
        var half = KeyCursor.AfterKey(Utf8($"{prefix}{Count / 2:x6}"));
        CostOf(() => _store.Page(Filter(prefix), half, 10).Keys, out cost)[0].Should().EndWith($"{(Count / 2) + 1:x6}");
        cost.Should().BeLessThanOrEqualTo(11);
        CostOf(() => _store.Page(Filter(prefix, "00ff"), new KeyCursor(), 10).Keys, out cost).Should().HaveCount(4);
        cost.Should().BeLessThan(Slice);
        CostOf(() => _store.Count(prefix), out cost).Should().Be(Count);
        CostOf(() => _store.Count(prefix[..^1] + "q"), out cost).Should().Be(0);
        cost.Should().Be(0);
        StoreIntegrity.Index(_store).ReservedBytes.Should().BeLessThan(Count * (1_000L + 200), "what keys share is not kept twice");
        DeleteAll(Count, i => $"{prefix}{i:x6}");
    }

    [Theory]
    [InlineData(20_000, 1_000)]
    [InlineData(20_000, 3)]
    public void Keys_that_differ_in_their_last_character_alone_are_searched_and_removed_as_others(int count, int shared)
    {
        // Scalar values outside the surrogates, so each key is valid: they differ in their last two to four bytes.
        string Key(int i) => new string('s', shared) + char.ConvertFromUtf32(i < 0x2000 ? 0x80 + i : 0x10000 + i);
        Fill(count, i => Key(i));

        CostOf(() => _store.Page(Filter(new string('s', shared), Key(7)[^1..]), new KeyCursor(), 10).Keys, out var cost).Should().Equal(Key(7));
        cost.Should().BeLessThan(Slice);
        CostOf(() => _store.Page(Filter(), KeyCursor.AfterKey(Utf8(Key(count / 2))), 1).Keys, out cost).Should().Equal(Key((count / 2) + 1));
        cost.Should().BeLessThanOrEqualTo(2);
        DeleteAll(count, Key);
    }

    [Fact]
    public void An_empty_filter_costs_a_page_its_keys()
    {
        Fill(Many, i => $"{i}");

        CostOf(() => _store.Page(Filter(), new KeyCursor(), 100).Keys, out var cost).Should().HaveCount(100);
        cost.Should().BeLessThanOrEqualTo(101);
        CostOf(() => _store.Count(), out cost).Should().Be(Many);
        cost.Should().Be(0);
    }

    [Theory]
    [InlineData("a/", "", Many)]
    [InlineData("a/01", "", 10_000)]
    [InlineData("", "7", 5_000)]
    [InlineData("", "x", 0)]
    public void A_count_of_a_prefix_or_a_suffix_alone_looks_at_no_match(string prefix, string suffix, int matches)
    {
        Fill(Many, i => $"a/{i:d6}");

        CostOf(() => _store.Count(prefix, suffix), out var cost).Should().Be(matches);
        cost.Should().Be(0);
    }

    [Fact]
    public async Task A_cancelled_search_or_count_stops_before_its_next_slice()
    {
        Fill(Many, i => i % 2 == 0 ? $"a/{i:d6}/y" : $"b/{i:d6}/x");
        var search = new PageSearch(Index, Filter("a/", "/x"), new KeyCursor(), 10, new KeyPage());
        var count = new KeyCount(Index, Filter("a/", "/x"));

        await CheckCancelled(search.Step);
        await CheckCancelled(count.Step);
    }

    /// <summary>Cancels in the middle of some slice, and sees that it is the last.</summary>
    private async Task CheckCancelled(Func<bool> step)
    {
        const int LastSlice = 21;
        using var cancellation = new CancellationTokenSource();
        var before = Index.KeysRead;
        var slices = 0;
        bool Step()
        {
            if (++slices == LastSlice)
            {
                cancellation.Cancel();
            }

            return step();
        }

        var run = async () => await Slices.RunAsync(Step, () => 0, cancellation.Token);

        await run.Should().ThrowAsync<OperationCanceledException>();
        slices.Should().Be(LastSlice);
        (Index.KeysRead - before).Should().BeInRange(LastSlice, LastSlice * Slice);
    }

    private T CostOf<T>(Func<T> search, out long cost)
    {
        var before = Index.KeysRead;
        var result = search();
        cost = Index.KeysRead - before;
        return result;
    }

    private void Fill(int count, Func<int, string> key)
    {
        for (var i = 0; i < count; i++)
        {
            _store.Set(key(i));
        }
    }

    private void DeleteAll(int count, Func<int, string> key)
    {
        for (var i = 0; i < count; i++)
        {
            _store.Delete(key(i)).Error.Should().Be(Core.Errors.ErrorCode.None);
        }

        _store.Count().Should().Be(0);
    }
}
