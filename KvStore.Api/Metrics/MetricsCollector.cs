using System.Buffers;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>Has the OpenTelemetry SDK collect all metrics, and writes them as text.</summary>
/// <remarks>Safe for any number of threads: scrapes wait for each other.</remarks>
internal sealed class MetricsCollector : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TextExporter _exporter = new();

    public MetricsCollector() => Reader = new BaseExportingMetricReader(_exporter);

    /// <summary>The reader to give to the SDK.</summary>
    public MetricReader Reader { get; }

    /// <summary>Collects all metrics and writes them to <paramref name="destination"/>.</summary>
    public void Write(IBufferWriter<byte> destination, MetricsFormat format)
    {
        lock (_lock)
        {
            var text = new MetricsText(format);
            _exporter.Text = text;
            Reader.Collect();
            text.WriteTo(destination);
        }
    }

    /// <inheritdoc />
    public void Dispose() => Reader.Dispose();

    private sealed class TextExporter : BaseExporter<Metric>
    {
        public MetricsText? Text { get; set; }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            // The SDK exports once more when it shuts down, to nobody.
            if (Text is { } text)
            {
                foreach (var metric in batch)
                {
                    text.Add(metric);
                }
            }

            Text = null;
            return ExportResult.Success;
        }
    }
}
