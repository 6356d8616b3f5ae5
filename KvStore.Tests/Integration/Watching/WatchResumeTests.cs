using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Watching;

/// <summary>Watchers whose connections are cut at random, on a store that several clients write to.</summary>
public sealed class WatchResumeTests
{
    private const int Writers = 3;
    private const int WritesOfEach = 1_000;

    [Fact]
    public async Task Watchers_that_are_cut_and_resume_see_every_event_once_and_in_order()
    {
        await using var service = await ServiceProcess.StartAsync();
        var all = Enumerable.Range(0, 3).Select(seed => WatchAsync(service.Address, "", seed, isResumedByHeader: true)).ToList();
        var some = WatchAsync(service.Address, "?prefix=a/", seed: 3, isResumedByHeader: false);
        using var client = new ServiceClient(service.Address);

        var written = await Task.WhenAll(Enumerable.Range(0, Writers).Select(seed => WriteAsync(service.Address, seed)));
        var changes = written.SelectMany(writer => writer).OrderBy(change => change.Revision).ToList();
        await client.PutAsync("/kv/a/end", "v");

        changes.Select(change => change.Revision).Should().Equal(Enumerable.Range(1, changes.Count).Select(revision => (long)revision));
        foreach (var seen in await Task.WhenAll(all))
        {
            seen.Should().Equal(changes);
        }

        (await some).Should().Equal(changes.Where(change => change.Key.StartsWith("a/", StringComparison.Ordinal)));
    }

    private static async Task<List<Change>> WriteAsync(Uri service, int seed)
    {
        using var client = new ServiceClient(service);
        var random = new Random(seed);
        var changes = new List<Change>();
        for (var i = 0; i < WritesOfEach; i++)
        {
            var key = $"{(random.Next(3) == 0 ? "a" : "b")}/{seed}/{i}";
            var answer = await client.SetAsync(JsonSerializer.Serialize(new { key, value = key }));
            changes.Add(new Change("set", key, answer.Json.GetProperty("revision").GetInt64()));
        }

        return changes;
    }

    private static async Task<List<Change>> WatchAsync(Uri service, string query, int seed, bool isResumedByHeader)
    {
        var random = new Random(seed);
        var changes = new List<Change>();
        var last = 0L;
        while (true)
        {
            var separator = query.Length == 0 ? '?' : '&';
            using var watch = isResumedByHeader
                ? await WatchStream.OpenAsync(service, query, last)
                : await WatchStream.OpenAsync(service, $"{query}{separator}since={last}");

            // Cut in the middle of what comes: events that were sent and not read are lost with the connection.
            for (var left = random.Next(300); left >= 0; left--)
            {
                var change = (await watch.NextAsync())!;
                last = change.Id;
                if (change.Key == "a/end")
                {
                    return changes;
                }

                changes.Add(new Change(change.Type, change.Key!, change.Data.GetProperty("revision").GetInt64()));
            }
        }
    }

    private sealed record Change(string Type, string Key, long Revision);
}
