using System.Globalization;
using System.Text;
using KvStore.Core.Search;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Search;

public sealed class SortedKeyIndexTests
{
    // The index's own bounds, told again here: a slice of the forward order, and a group of keys with one suffix.
    private const int SliceKeys = 2_048;
    private const int GatherKeys = 4_096;

    private readonly SortedKeyIndex _index = new();

    [Fact]
    public void An_empty_index_has_nothing_to_read()
    {
        Read(Filter(), new KeyCursor(), 10).Should().Be("| end");
        Read(Filter("a", "b"), new KeyCursor(), 10).Should().Be("| end");
    }

    [Fact]
    public void Keys_are_read_in_byte_order_from_after_the_cursor()
    {
        Add("b", "😀", "a", "ab", "é", "\uff5e");
        var cursor = new KeyCursor();

        Read(Filter(), cursor, 3).Should().Be("a ab b | more");
        Read(Filter(), cursor, 10).Should().Be("é \uff5e 😀 | end");
        Read(Filter(), cursor, 10).Should().Be("| end");
    }

    [Fact]
    public void A_cursor_need_not_stand_on_a_key_nor_within_the_prefix()
    {
        Add("a", "ba", "bc", "c");

        Read(Filter("b"), KeyCursor.AfterKey("bb"u8), 10).Should().Be("bc | end");
        Read(Filter("b"), KeyCursor.AfterKey("a"u8), 10).Should().Be("ba bc | end");
        Read(Filter("b"), KeyCursor.AfterKey("c"u8), 10).Should().Be("| end");
        Read(Filter("b"), KeyCursor.AfterKey("b"u8), 10).Should().Be("ba bc | end");
    }

    [Fact]
    public void A_key_that_is_the_prefix_or_the_suffix_itself_matches()
    {
        Add("ab", "abab", "b");

        Read(Filter("ab"), new KeyCursor(), 10).Should().Be("ab abab | end");
        Read(Filter("", "ab"), new KeyCursor(), 10).Should().Be("ab abab | end");
        Read(Filter("ab", "ab"), new KeyCursor(), 10).Should().Be("ab abab | end");
    }

    [Fact]
    public void A_prefix_of_the_highest_bytes_is_found()
    {
        _index.Add([0xff]);
        _index.Add([0xff, 0xff]);
        _index.Add([0xfe]);
        var matches = new List<byte[]>();

        _index.Read(new KeyFilter(new byte[] { 0xff }, default), new KeyCursor(), 10, matches).Should().BeFalse();

        matches.Select(Convert.ToHexString).Should().Equal("FF", "FFFF");
    }

    [Fact]
    public void Removed_keys_are_in_neither_order()
    {
        Add("aa", "ab", "ba");
        _index.Remove(Utf8("aa"));

        Read(Filter("a"), new KeyCursor(), 10).Should().Be("ab | end");
        Read(Filter("", "a"), new KeyCursor(), 10).Should().Be("ba | end");
    }

    [Fact]
    public void Matches_are_appended()
    {
        Add("a");
        List<byte[]> matches = ["before"u8.ToArray()];

        _index.Read(Filter(), new KeyCursor(), 1, matches).Should().BeFalse();

        matches.Select(Encoding.UTF8.GetString).Should().Equal("before", "a");
    }

    [Fact]
    public void A_small_suffix_group_is_gathered_at_once_however_far_away_it_is()
    {
        AddNumbered("a", 20_000, "x");
        Add("b2y", "b1y", "c0y");
        var cursor = new KeyCursor();

        Read(Filter("b", "y"), new KeyCursor(), 10).Should().Be("b1y b2y | end");
        Read(Filter("", "y"), cursor, 2).Should().Be("b1y b2y | more");
        Read(Filter("", "y"), cursor, 2).Should().Be("c0y | end");
        Read(Filter("", "y"), cursor, 2).Should().Be("| end");
        Read(Filter("a", "y"), new KeyCursor(), 2).Should().Be("| end");
    }

    [Fact]
    public void A_slice_examines_a_bounded_number_of_keys_where_the_suffix_is_broad()
    {
        AddNumbered("a", (2 * SliceKeys) + 1, "x");
        AddNumbered("b", GatherKeys + 1, "y");
        var cursor = new KeyCursor();

        Read(Filter("", "y"), cursor, 1).Should().Be("| more");
        Text(cursor).Should().Be("a02047x");
        Read(Filter("", "y"), cursor, 1).Should().Be("| more");
        Text(cursor).Should().Be("a04095x");
        Read(Filter("", "y"), cursor, 1).Should().Be("b00000y | more");
    }

    [Fact]
    public void A_suffix_group_of_just_the_bound_is_gathered_and_one_more_is_not()
    {
        AddNumbered("a", SliceKeys + 1, "x");
        AddNumbered("b", GatherKeys, "y");

        Read(Filter("", "y"), new KeyCursor(), 2).Should().Be("b00000y b00001y | more");

        Add("czy");
        Read(Filter("", "y"), new KeyCursor(), 2).Should().Be("| more");
    }

    [Fact]
    public void A_prefix_as_long_as_one_slice_ends_without_another_read()
    {
        AddNumbered("a", SliceKeys, "x");
        Add("b");

        var matches = new List<byte[]>();
        _index.Read(Filter("a"), new KeyCursor(), 10_000, matches).Should().BeFalse();

        matches.Should().HaveCount(SliceKeys);
    }

    [Fact]
    public void A_slice_is_no_longer_than_its_bound_whatever_the_limit()
    {
        AddNumbered("a", SliceKeys + 1, "x");
        var cursor = new KeyCursor();

        var matches = new List<byte[]>();
        _index.Read(Filter(), cursor, 10_000, matches).Should().BeTrue();

        matches.Should().HaveCount(SliceKeys);
        Read(Filter(), cursor, 10_000).Should().Be("a02048x | end");
    }

    private void Add(params string[] keys)
    {
        foreach (var key in keys)
        {
            _index.Add(Utf8(key));
        }
    }

    private void AddNumbered(string prefix, int count, string suffix)
    {
        for (var i = 0; i < count; i++)
        {
            Add(prefix + i.ToString("D5", CultureInfo.InvariantCulture) + suffix);
        }
    }

    private string Read(KeyFilter filter, KeyCursor cursor, int limit)
    {
        var matches = new List<byte[]>();
        var more = _index.Read(filter, cursor, limit, matches);
        return string.Join(' ', matches.Select(Encoding.UTF8.GetString).Append("|").Append(more ? "more" : "end"));
    }

    private static string Text(KeyCursor cursor) => Encoding.UTF8.GetString(cursor.After!);
}
