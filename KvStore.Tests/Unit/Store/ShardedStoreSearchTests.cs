using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Store;

public sealed class ShardedStoreSearchTests
{
    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public ShardedStoreSearchTests() => _store = new ShardedStore(time: _time);

    [Fact]
    public void Search_returns_keys_in_byte_order()
    {
        Fill("b", "😀", "\uff5e", "a/b", "a", "B", "é", "\0");

        _store.Search().Should().Equal("\0", "B", "a", "a/b", "b", "é", "\uff5e", "😀");
    }

    [Fact]
    public void Search_finds_keys_with_the_prefix_and_the_suffix()
    {
        Fill("a/1.txt", "a/1.png", "a/2.txt", "b/1.txt", "a");

        _store.Search("a/").Should().Equal("a/1.png", "a/1.txt", "a/2.txt");
        _store.Search("", ".txt").Should().Equal("a/1.txt", "a/2.txt", "b/1.txt");
        _store.Search("a/", ".txt").Should().Equal("a/1.txt", "a/2.txt");
        _store.Search("c").Should().BeEmpty();
    }

    [Theory]
    [InlineData("", "91", "a🔑 b🔑 🔑")]
    [InlineData("", "9F9491", "a🔑 b🔑 🔑")]
    [InlineData("F09F", "9491", "🔑")]
    [InlineData("F09F94", "9F9491", "🔑")]
    [InlineData("C3", "", "é")]
    [InlineData("65CC", "", "e\u0301")]
    [InlineData("", "81", "e\u0301 \uf081")]
    [InlineData("", "CC81", "e\u0301")]
    [InlineData("", "F0", "")]
    [InlineData("91", "", "")]
    public void A_prefix_or_suffix_may_cut_through_a_character_and_is_compared_by_its_bytes(string prefix, string suffix, string found)
    {
        Fill("a🔑", "b🔑", "🔑", "é", "e\u0301", "\uf081", "日");
        var filter = new KeyFilter(Convert.FromHexString(prefix), Convert.FromHexString(suffix));

        string.Join(' ', _store.Page(filter, new KeyCursor(), 10).Keys).Should().Be(found);
        string.Join(' ', _store.Page(filter, new KeyCursor(), 1).Keys).Should().Be(found.Split(' ')[0]);
        _store.CountAsync(filter).Answer().Should().Be(found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_page_has_as_many_keys_as_were_asked_for_and_tells_whether_there_are_more()
    {
        Fill("a", "b", "c", "d");
        var cursor = new KeyCursor();

        Page(cursor, 3).Should().Be("a b c | more");
        Page(cursor, 3).Should().Be("d | end");
        Page(cursor, 3).Should().Be("| end");

        Page(new KeyCursor(), 4).Should().Be("a b c d | end");
        Page(new KeyCursor(), 1).Should().Be("a | more");
    }

    [Fact]
    public void A_listing_begins_after_a_key_that_need_not_exist()
    {
        Fill("a", "c", "e");

        Page(KeyCursor.AfterKey("c"u8), 9).Should().Be("e | end");
        Page(KeyCursor.AfterKey("b"u8), 9).Should().Be("c e | end");
        Page(KeyCursor.AfterKey("e"u8), 9).Should().Be("| end");
    }

    [Fact]
    public void Expired_keys_do_not_count_towards_a_page()
    {
        Fill("a", "c", "e");
        _store.SetFor(10, "b");
        _store.SetFor(10, "d");
        _store.SetFor(10, "f");
        _time.Advance(10);
        var cursor = new KeyCursor();

        Page(cursor, 2).Should().Be("a c | more");
        Page(cursor, 2).Should().Be("e | end");
    }

    [Fact]
    public void A_page_is_replaced_and_not_added_to()
    {
        Fill("a", "b");
        var (page, cursor) = (new KeyPage(), new KeyCursor());

        _store.SearchAsync(Filter(), cursor, 1, page).Answer().Should().BeTrue();
        _store.SearchAsync(Filter(), cursor, 1, page).Answer().Should().BeFalse();

        page.Texts().Should().Equal("b");
    }

    [Theory]
    [InlineData("a", "x", 5_000)]
    [InlineData("", "y", 5_000)]
    [InlineData("b", "x", 0)]
    [InlineData("", "z", 3)]
    public void A_limit_may_be_the_highest_there_is(string prefix, string suffix, int found)
    {
        for (var i = 0; i < 5_000; i++)
        {
            Fill($"a{i}x", $"b{i}y");
        }

        Fill("c0z", "c1z", "c2z");

        _store.Page(Filter(prefix, suffix), new KeyCursor(), int.MaxValue).Keys.Should().HaveCount(found);
    }

    [Fact]
    public async Task A_cancelled_search_stops()
    {
        Fill("a");
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        var search = async () => await _store.SearchAsync(Filter(), new KeyCursor(), 1, new KeyPage(), cancellation.Token);
        var count = async () => await _store.CountAsync(Filter("a"), cancellation.Token);

        await search.Should().ThrowAsync<OperationCanceledException>();
        await count.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public void Count_counts_what_search_finds()
    {
        Fill("a/1", "a/2", "b/1", "b");

        _store.Count().Should().Be(4);
        _store.Count("a/").Should().Be(2);
        _store.Count("", "1").Should().Be(2);
        _store.Count("b", "1").Should().Be(1);
        _store.Count("c").Should().Be(0);
    }

    [Fact]
    public void Count_goes_beyond_one_slice_of_the_index()
    {
        for (var i = 0; i < 5_000; i++)
        {
            Fill($"a{i}", $"b{i}");
        }

        _store.Count("b").Should().Be(5_000);
        _store.Count("", "7").Should().Be(1_000);
        _store.Count("b", "77").Should().Be(50);
    }

    private void Fill(params string[] keys)
    {
        foreach (var key in keys)
        {
            _store.Set(key);
        }
    }

    private string Page(KeyCursor cursor, int limit)
    {
        var (keys, more) = _store.Page(Filter(), cursor, limit);
        return string.Join(' ', keys.Append("|").Append(more ? "more" : "end"));
    }
}
