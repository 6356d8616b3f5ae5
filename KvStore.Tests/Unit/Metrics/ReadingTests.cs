using KvStore.Api.Metrics;

namespace KvStore.Tests.Unit.Metrics;

public sealed class ReadingTests
{
    [Fact]
    public void A_reading_is_taken_once_a_collection_in_whatever_order_it_is_reported()
    {
        var taken = 0;
        var reading = new Reading<int>(() => ++taken);

        string[] seen = [.. "abc cab bca".Select(instrument => instrument == ' ' ? " " : $"{reading.For(instrument.ToString())}")];

        string.Concat(seen).Should().Be("111 222 333");
    }
}
