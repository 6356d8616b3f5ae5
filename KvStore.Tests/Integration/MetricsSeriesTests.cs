using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class MetricsSeriesTests
{
    private const string Tokens = "ABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&*-.^_`|~0123456789";

    private static readonly string[] StandardMethods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];

    [Fact]
    public async Task A_scanner_of_5000_paths_and_methods_adds_no_series()
    {
        await using var service = new ServiceFactory();
        using var client = new HttpClient { BaseAddress = service.Address };
        var requests = 0;
        foreach (var method in StandardMethods.Append("SCAN"))
        {
            await SendAsync(method, "/scan");
            await SendAsync(method, "/get/scan");
        }

        var before = await MetricsScrape.UntilAsync(client, AllAreCounted);
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var method = random.Next(2) == 0 ? StandardMethods[random.Next(StandardMethods.Length)] : RandomMethod(random);
            var path = $"{(random.Next(2) == 0 ? "/get/" : "/")}{random.NextInt64():x}{(random.Next(2) == 0 ? "/%2e%2e/" : "?")}{random.Next()}";
            await SendAsync(method, path);
        }

        var after = await MetricsScrape.UntilAsync(client, AllAreCounted);

        after.Series.Should().BeEquivalentTo(before.Series);

        async Task SendAsync(string method, string path)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var response = await client.SendAsync(request);
            requests++;
        }

        bool AllAreCounted(MetricsScrape scrape)
        {
            var counted = scrape.Series
                .Where(series => series.StartsWith("http_requests_received_total{", StringComparison.Ordinal)
                    && !series.Contains("/metrics", StringComparison.Ordinal))
                .Sum(series => scrape[series]);

            // The second scrape counts the first.
            return counted == requests && scrape["""http_requests_received_total{method="GET",code="200",endpoint="/metrics"}"""] > 0;
        }
    }

    private static string RandomMethod(Random random) => "X" + new string(random.GetItems<char>(Tokens, random.Next(1, 30)));
}
