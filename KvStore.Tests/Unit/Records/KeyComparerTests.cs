using KvStore.Core.Records;

namespace KvStore.Tests.Unit.Records;

public sealed class KeyComparerTests
{
    [Fact]
    public void Arrays_and_spans_of_the_same_bytes_are_the_same_key()
    {
        var comparer = KeyComparer.Instance;
        byte[] stored = [1, 2, 3];
        ReadOnlySpan<byte> asked = [1, 2, 3];

        comparer.Equals(asked, stored).Should().BeTrue();
        comparer.Equals(asked.ToArray(), stored).Should().BeTrue();
        comparer.GetHashCode(asked).Should().Be(comparer.GetHashCode(stored)).And.Be(KeyHash.Of(asked));
        comparer.Create(asked).Should().Equal(stored).And.NotBeSameAs(stored);
    }

    [Fact]
    public void Other_bytes_are_another_key()
    {
        var comparer = KeyComparer.Instance;

        comparer.Equals([1, 2], "\u0001\u0002\u0003"u8.ToArray()).Should().BeFalse();
        comparer.Equals("é"u8, "e\u0301"u8.ToArray()).Should().BeFalse();
        comparer.Equals(null, [1]).Should().BeFalse();
    }
}
