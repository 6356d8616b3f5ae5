using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Bench;

/// <summary>What came of a load, or of one of its workers.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class LoadResult
{
    private static readonly (string Name, double Share)[] Percentiles =
        [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

    private readonly SortedDictionary<StatusCode, long> _errors = [];

    /// <summary>How long the answers took, those without an error.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>How long it took in all.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>How many requests failed.</summary>
    public long Errors => _errors.Values.Sum();

    private double PerSecond => Elapsed > TimeSpan.Zero ? Latency.Count / Elapsed.TotalSeconds : 0;

    /// <summary>Counts an error.</summary>
    public void Fail(StatusCode code) => _errors[code] = _errors.GetValueOrDefault(code) + 1;

    /// <summary>Adds what came of another worker.</summary>
    public void Add(LoadResult other)
    {
        Latency.Add(other.Latency);
        foreach (var (code, count) in other._errors)
        {
            _errors[code] = _errors.GetValueOrDefault(code) + count;
        }
    }

    /// <summary>What people read.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var errors = string.Join(", ", _errors.Select(error => string.Create(CultureInfo.InvariantCulture, $"{error.Key} {error.Value}")));
        text.AppendLine(CultureInfo.InvariantCulture, $"seconds   {Elapsed.TotalSeconds:f2}")
            .AppendLine(CultureInfo.InvariantCulture, $"requests  {Latency.Count}")
            .AppendLine(CultureInfo.InvariantCulture, $"errors    {Errors}{(errors.Length > 0 ? $" ({errors})" : "")}")
            .AppendLine(CultureInfo.InvariantCulture, $"ops/s     {PerSecond:f0}");
        foreach (var (name, share) in Percentiles)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-9} {Latency.Percentile(share).TotalMilliseconds:f3} ms");
        }

        return text.Append(CultureInfo.InvariantCulture, $"max       {Latency.Max.TotalMilliseconds:f3} ms").ToString();
    }

    /// <summary>Writes the members of what programs read.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteNumber("seconds"u8, Elapsed.TotalSeconds);
        json.WriteNumber("requests"u8, Latency.Count);
        json.WriteNumber("errors"u8, Errors);
        json.WriteNumber("opsPerSecond"u8, PerSecond);
        json.WriteStartObject("latencyMs"u8);
        foreach (var (name, share) in Percentiles)
        {
            json.WriteNumber(name, Latency.Percentile(share).TotalMilliseconds);
        }

        json.WriteNumber("max"u8, Latency.Max.TotalMilliseconds);
        json.WriteEndObject();
    }
}
