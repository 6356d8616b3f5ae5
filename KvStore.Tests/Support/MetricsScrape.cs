using System.Globalization;

namespace KvStore.Tests.Support;

/// <summary>What one scrape of <c>/metrics</c> answered.</summary>
internal sealed class MetricsScrape
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, double> _samples;

    private MetricsScrape(string text)
    {
        Lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _samples = Lines.Where(line => !line.StartsWith('#')).Select(line => line.LastIndexOf(' ') is var space
                ? (Name: line[..space], Value: double.Parse(line[(space + 1)..].Replace("+Inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture))
                : default)
            .ToDictionary(sample => sample.Name, sample => sample.Value, StringComparer.Ordinal);
    }

    /// <summary>All lines.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>The series, each as its name and labels. No series may be there twice.</summary>
    public IReadOnlyCollection<string> Series => _samples.Keys;

    /// <summary>The value of a series, as <c>name{label="value"}</c>; null where there is none.</summary>
    public double? this[string series] => _samples.TryGetValue(series, out var value) ? value : null;

    /// <summary>Reads what has been scraped.</summary>
    public static MetricsScrape Parse(string text) => new(text);

    /// <summary>Scrapes now.</summary>
    public static async Task<MetricsScrape> TakeAsync(HttpClient client) =>
        new(await client.GetStringAsync(new Uri("/metrics", UriKind.Relative)));

    /// <summary>
    /// Scrapes until <paramref name="isSeen"/>: a request is recorded when its answer is complete, which its client may see first.
    /// </summary>
    public static async Task<MetricsScrape> UntilAsync(HttpClient client, Func<MetricsScrape, bool> isSeen)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var scrape = await TakeAsync(client);
            if (isSeen(scrape))
            {
                return scrape;
            }

            patience.Token.IsCancellationRequested.Should().BeFalse(
                "what was waited for should be in\n{0}", string.Join('\n', scrape.Lines.Where(line => !line.Contains("_bucket", StringComparison.Ordinal))));
        }
    }
}
