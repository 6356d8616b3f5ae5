using KvStore.Core.Search;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyFilterTests
{
    [Theory]
    [InlineData("", "", "anything", true)]
    [InlineData("ab", "", "abc", true)]
    [InlineData("ab", "", "ab", true)]
    [InlineData("ab", "", "a", false)]
    [InlineData("ab", "", "cab", false)]
    [InlineData("", "bc", "abc", true)]
    [InlineData("", "bc", "bca", false)]
    [InlineData("a", "c", "abc", true)]
    [InlineData("a", "c", "ab", false)]
    [InlineData("a", "c", "bc", false)]
    [InlineData("ab", "ba", "aba", true)]
    [InlineData("aa", "aa", "aa", true)]
    [InlineData("aa", "aa", "a", false)]
    [InlineData("é", "", "e\u0301", false)]
    public void A_key_needs_both_prefix_and_suffix_which_may_overlap(string prefix, string suffix, string key, bool matches)
    {
        Filter(prefix, suffix).Matches(Utf8(key)).Should().Be(matches);
    }

    [Fact]
    public void Prefix_and_suffix_are_bytes_and_may_split_a_character()
    {
        new KeyFilter(new byte[] { 0xf0, 0x9f }, new byte[] { 0x80 }).Matches("😀"u8).Should().BeTrue();
    }

    [Fact]
    public void Only_a_filter_without_both_is_empty()
    {
        default(KeyFilter).IsEmpty.Should().BeTrue();
        Filter().IsEmpty.Should().BeTrue();
        Filter(prefix: "a").IsEmpty.Should().BeFalse();
        Filter(suffix: "a").IsEmpty.Should().BeFalse();
    }
}
