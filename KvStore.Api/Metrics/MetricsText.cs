using System.Buffers;
using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>Writes metrics as Prometheus and OpenMetrics read them.</summary>
/// <remarks>Not thread safe. The forms differ in the name that a counter's type is given under, and in the end mark.</remarks>
internal sealed class MetricsText(MetricsFormat format)
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _labels = new();

    /// <summary>Adds a metric, as all its families.</summary>
    public void Add(Metric metric)
    {
        foreach (var family in MetricFamily.Of(metric))
        {
            AddHeader(family);
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                SetLabels(family, point);
                AddSamples(family, metric.MetricType, point);
            }
        }
    }

    /// <summary>Writes what has been added, whole.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        if (format == MetricsFormat.OpenMetrics)
        {
            _text.Append("# EOF\n");
        }

        foreach (var chunk in _text.GetChunks())
        {
            Encoding.UTF8.GetBytes(chunk.Span, destination);
        }
    }

    private void AddHeader(MetricFamily family)
    {
        var suffix = family.Type == FamilyType.Counter && format == MetricsFormat.Prometheus ? "_total" : "";
        _text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name}{suffix} ");
        AppendEscaped(_text, family.Help, quotes: format == MetricsFormat.OpenMetrics);
        _text.Append(CultureInfo.InvariantCulture, $"\n# TYPE {family.Name}{suffix} {TypeName(family.Type)}\n");
    }

    private void SetLabels(MetricFamily family, in MetricPoint point)
    {
        _labels.Clear();
        foreach (var (attribute, value) in point.Tags)
        {
            _labels.Append(_labels.Length == 0 ? "" : ",").Append(family.Label(attribute)).Append("=\"");
            AppendEscaped(_labels, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true);
            _labels.Append('"');
        }
    }

    private void AddSamples(MetricFamily family, MetricType type, in MetricPoint point)
    {
        switch (family.Type)
        {
            case FamilyType.Histogram:
                AddHistogram(family.Name, point);
                break;
            case FamilyType.Counter when type == MetricType.Histogram:
                AddSample(family.Name, "_total", point.GetHistogramCount());
                break;
            case FamilyType.Counter:
                AddSample(family.Name, "_total", type == MetricType.LongSum ? point.GetSumLong() : point.GetSumDouble());
                break;
            default:
                AddSample(family.Name, "", GaugeValue(type, point));
                break;
        }
    }

    private void AddHistogram(string name, in MetricPoint point)
    {
        var count = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            AddSample(name, "_bucket", count, bucket.ExplicitBound);
        }

        AddSample(name, "_sum", point.GetHistogramSum());
        AddSample(name, "_count", count);
    }

    private void AddSample(string name, string suffix, double value, double? upperBound = null)
    {
        _text.Append(name).Append(suffix);
        if (_labels.Length > 0 || upperBound is not null)
        {
            _text.Append('{').Append(_labels);
            if (upperBound is { } bound)
            {
                _text.Append(_labels.Length == 0 ? "" : ",").Append("le=\"").Append(Number(bound)).Append('"');
            }

            _text.Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static double GaugeValue(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        MetricType.LongSumNonMonotonic => point.GetSumLong(),
        _ => point.GetSumDouble(),
    };

    private static string TypeName(FamilyType type) => type switch
    {
        FamilyType.Counter => "counter",
        FamilyType.Histogram => "histogram",
        _ => "gauge",
    };

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void AppendEscaped(StringBuilder text, string value, bool quotes)
    {
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(character),
            };
        }
    }
}
