namespace KvStore.Tests.Soak;

public sealed class StampedValueTests
{
    [Fact]
    public void A_value_is_told_from_a_torn_one_and_from_one_of_another_key()
    {
        var bytes = new StampedValue(3, 7).Encode("a");
        var torn = new StampedValue(3, 8).Encode("a");
        bytes.AsSpan(..9).CopyTo(torn);

        StampedValue.Decode("a", bytes).Should().Be(new StampedValue(3, 7));
        FluentActions.Invoking(() => StampedValue.Decode("b", bytes)).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => StampedValue.Decode("a", torn)).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => StampedValue.Decode("a", bytes.AsSpan(..^1))).Should().Throw<InvalidDataException>();
        FluentActions.Invoking(() => StampedValue.Decode("a", [])).Should().Throw<InvalidDataException>();
    }
}
