using System.Text;
using KvStore.Core.Search;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyOrderTests
{
    [Fact]
    public void Forward_is_by_bytes_and_a_prefix_comes_first()
    {
        // U+FF5E is 3 bytes from EF, the emoji 4 from F0: UTF-16 would have them the other way round.
        string[] ordered = ["\0", "A", "Z", "a", "a\0", "ab", "b", "e\u0301", "é", "\uff5e", "😀"];

        Sorted(ordered, KeyOrder.Forward).Should().Equal(ordered);
    }

    [Fact]
    public void Backward_is_by_bytes_from_the_end_and_a_suffix_comes_first()
    {
        string[] ordered = ["z\0", "a", "aa", "ba", "bca", "b", "ab", "cab", "zz", "😀", "\uff5e", "é"];

        Sorted(ordered, KeyOrder.Backward).Should().Equal(ordered);
    }

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("", "a", -1)]
    [InlineData("ab", "ab", 0)]
    [InlineData("b", "a", 1)]
    public void Both_orders_agree_where_direction_cannot_matter(string x, string y, int sign)
    {
        var (left, right) = (Encoding.UTF8.GetBytes(x), Encoding.UTF8.GetBytes(y));

        Math.Sign(KeyOrder.Forward.Compare(left, right)).Should().Be(sign);
        Math.Sign(KeyOrder.Backward.Compare(left, right)).Should().Be(sign);
    }

    [Fact]
    public void Bytes_above_127_are_not_negative()
    {
        Math.Sign(KeyOrder.Forward.Compare([0xff], [0x01])).Should().Be(1);
        Math.Sign(KeyOrder.Backward.Compare([0xff], [0x01])).Should().Be(1);
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> keys, IComparer<byte[]> order) =>
        keys.Reverse().Select(Encoding.UTF8.GetBytes).Order(order).Select(Encoding.UTF8.GetString);
}
