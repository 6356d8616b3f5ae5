using KvStore.Cli.Bench;

namespace KvStore.Tests.Unit.Cli;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(12_345)]
    [InlineData(987_654_321)]
    [InlineData(long.MaxValue)]
    public void A_duration_is_known_within_one_percent(long ticks)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.FromTicks(ticks));
        histogram.Record(TimeSpan.MaxValue);

        var half = histogram.Percentile(0.5).Ticks;

        half.Should().BeGreaterThanOrEqualTo(ticks);
        (half - ticks).Should().BeLessThanOrEqualTo(ticks / 100);
    }

    [Fact]
    public void Percentiles_are_those_of_all_workers()
    {
        var (one, other) = (new LatencyHistogram(), new LatencyHistogram());
        for (var i = 1; i <= 100; i++)
        {
            (i % 2 == 0 ? one : other).Record(TimeSpan.FromTicks(i));
        }

        one.Add(other);

        one.Count.Should().Be(100);
        one.Percentile(0.5).Ticks.Should().Be(50);
        one.Percentile(0.99).Ticks.Should().Be(99);
        one.Percentile(1).Ticks.Should().Be(100);
        one.Max.Ticks.Should().Be(100);
    }

    [Fact]
    public void Nothing_has_no_percentiles()
    {
        new LatencyHistogram().Percentile(0.99).Should().Be(TimeSpan.Zero);
    }
}
