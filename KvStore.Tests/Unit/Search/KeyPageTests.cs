using KvStore.Core.Search;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyPageTests
{
    [Fact]
    public void A_page_holds_copies_in_the_order_they_were_added()
    {
        var page = new KeyPage();
        var key = "ab"u8.ToArray();
        page.Add(key);
        page.Add(default);
        page.Add("é"u8);
        key[0] = (byte)'x';

        page.Count.Should().Be(3);
        page.Texts().Should().Equal("ab", "", "é");
    }

    [Fact]
    public void Truncate_keeps_the_first_keys_and_the_page_can_be_added_to()
    {
        var page = new KeyPage();
        page.Add("a"u8);
        page.Add("bb"u8);
        page.Add("ccc"u8);

        page.Truncate(1);
        page.Add("d"u8);

        page.Texts().Should().Equal("a", "d");
    }

    [Fact]
    public void Truncate_cannot_make_a_page_longer()
    {
        var page = new KeyPage();
        page.Add("a"u8);

        var truncate = () => page.Truncate(2);

        truncate.Should().Throw<ArgumentException>();
        page.Count.Should().Be(1);
    }

    [Fact]
    public void Clear_makes_room_for_the_next_page()
    {
        var page = new KeyPage();
        page.Add("a"u8);
        page.Clear();
        page.Count.Should().Be(0);

        page.Add("b"u8);

        page.Texts().Should().Equal("b");
    }
}
