using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using KvStore.Api.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace KvStore.Tests.Unit.Metrics;

/// <summary>The text of real instruments, collected by the real SDK.</summary>
public sealed class MetricsTextTests : IDisposable
{
    private readonly Meter _meter = new($"test-{Guid.NewGuid()}");
    private readonly MetricsCollector _collector = new();
    private readonly MeterProvider _provider;

    public MetricsTextTests()
    {
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddReader(_collector.Reader).Build();
    }

    public void Dispose()
    {
        _provider.Dispose();
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_ends_in_total_in_prometheus_text()
    {
        _meter.CreateCounter<long>("cats.fed", unit: null, "Cats fed.").Add(3);

        Text(MetricsFormat.Prometheus).Should().Be(
            """
            # HELP cats_fed_total Cats fed.
            # TYPE cats_fed_total counter
            cats_fed_total 3

            """);
    }

    [Fact]
    public void A_counter_is_declared_without_total_in_openmetrics_which_ends_in_EOF()
    {
        _meter.CreateCounter<double>("cats.feeding", "s", "Time spent on feeding cats.").Add(1.5);

        Text(MetricsFormat.OpenMetrics).Should().Be(
            """
            # HELP cats_feeding_seconds Time spent on feeding cats.
            # TYPE cats_feeding_seconds counter
            cats_feeding_seconds_total 1.5
            # EOF

            """);
    }

    [Fact]
    public void Nothing_is_nothing_or_EOF()
    {
        Text(MetricsFormat.Prometheus).Should().BeEmpty();
        Text(MetricsFormat.OpenMetrics).Should().Be("# EOF\n");
    }

    [Theory]
    [InlineData(1.0, "1")]
    [InlineData(-0.25, "-0.25")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    public void A_gauge_has_its_unit_as_a_suffix_and_any_value(double value, string text)
    {
        _meter.CreateGauge<double>("bowl.size", "By", "Size.").Record(value);

        Text(MetricsFormat.Prometheus).Should().Be(
            $"""
            # HELP bowl_size_bytes Size.
            # TYPE bowl_size_bytes gauge
            bowl_size_bytes {text}

            """);
    }

    [Fact]
    public void A_gauge_that_goes_up_and_down_is_no_counter()
    {
        var cats = _meter.CreateUpDownCounter<long>("cats", unit: null, "Cats at home.");
        cats.Add(2);
        cats.Add(-1);

        Text(MetricsFormat.Prometheus).Should().Contain("# TYPE cats gauge\ncats 1\n");
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_up_to_infinity_a_sum_and_a_count()
    {
        var naps = _meter.CreateHistogram(
            "nap", "s", "Naps.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.5, 10] });
        foreach (var seconds in (double[])[0.0001, 0.25, 0.5, 8, 11])
        {
            naps.Record(seconds, new KeyValuePair<string, object?>("cat", "Tom"));
        }

        Text(MetricsFormat.Prometheus).Should().Be(
            """
            # HELP nap_seconds Naps.
            # TYPE nap_seconds histogram
            nap_seconds_bucket{cat="Tom",le="0.0001"} 1
            nap_seconds_bucket{cat="Tom",le="0.5"} 3
            nap_seconds_bucket{cat="Tom",le="10"} 4
            nap_seconds_bucket{cat="Tom",le="+Inf"} 5
            nap_seconds_sum{cat="Tom"} 19.7501
            nap_seconds_count{cat="Tom"} 5

            """);
    }

    [Fact]
    public void A_histogram_without_labels_has_its_bounds_alone()
    {
        _meter.CreateHistogram(
            "nap", "s", "Naps.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] }).Record(2);

        Text(MetricsFormat.Prometheus).Should().EndWith(
            """
            nap_seconds_bucket{le="1"} 0
            nap_seconds_bucket{le="+Inf"} 1
            nap_seconds_sum 2
            nap_seconds_count 1

            """);
    }

    [Fact]
    public void Label_values_are_escaped_whatever_they_are()
    {
        _meter.CreateCounter<long>("cats", unit: null, "Cats.").Add(1, new KeyValuePair<string, object?>("cat.name", "a\"b\\c\nd é😺"));

        Text(MetricsFormat.Prometheus).Should().EndWith("cats_total{cat_name=\"a\\\"b\\\\c\\nd é😺\"} 1\n");
    }

    [Fact]
    public void Help_is_escaped_as_each_form_asks()
    {
        _meter.CreateCounter<long>("cats", unit: null, "a \"b\" \\ c\nd").Add(1);

        Text(MetricsFormat.Prometheus).Should().StartWith("# HELP cats_total a \"b\" \\\\ c\\nd\n");
        Text(MetricsFormat.OpenMetrics).Should().StartWith("# HELP cats a \\\"b\\\" \\\\ c\\nd\n");
    }

    [Fact]
    public void A_scrape_beside_others_gets_the_whole_text()
    {
        _meter.CreateCounter<long>("cats", unit: null, "Cats.").Add(1);
        var expected = Text(MetricsFormat.Prometheus);

        var texts = new string[8];
        Support.Together.Run([.. texts.Select((_, i) => (Action)(() => texts[i] = Text(MetricsFormat.Prometheus)))]);

        texts.Should().AllBe(expected);
    }

    private string Text(MetricsFormat format)
    {
        var text = new ArrayBufferWriter<byte>();
        _collector.Write(text, format);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
