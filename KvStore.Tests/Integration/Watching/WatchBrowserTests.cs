using KvStore.Tests.Support;
using Microsoft.Playwright;

namespace KvStore.Tests.Integration.Watching;

/// <summary>A browser's own EventSource.</summary>
public sealed class WatchBrowserTests
{
    private const string Key = "a\n\ndata: é";

    // Tells of each event when it comes; the stream's end makes the browser come back by itself.
    private const string Watch = """
        (query) => {
          window.seen = [];
          const source = new EventSource('/watch' + query);
          for (const type of ['ready', 'set', 'delete', 'fell-behind']) {
            source.addEventListener(type, event => {
              const data = JSON.parse(event.data);
              window.seen.push(`${event.lastEventId} ${type} ${data.key ?? data.revision}`);
            });
          }
        }
        """;

    [SkippableFact]
    public async Task A_browser_gets_events_and_resumes_by_itself_where_a_stream_has_ended()
    {
        var chromium = RequiredTool.SkipUnless("chromium");
        await using var service = new ServiceFactory().With("KvStore:Limits:MaxValueBytes", 16_000_000).With("KvStore:Limits:MaxWatchBytes", 0);
        using var client = new ServiceClient(service.Address);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var page = await browser.NewPageAsync();
        await page.GotoAsync(new Uri(service.Address, "/health").AbsoluteUri);

        await page.EvaluateAsync(Watch, "?prefix=a");
        await UntilSeenAsync(page, "0 ready 0");
        await client.PutAsync(ServiceClient.PathOf(Key), "line\r\n\r\nline");
        await client.PutAsync("/kv/b", "other");
        await client.SendAsync("DELETE", ServiceClient.PathOf(Key));
        await UntilSeenAsync(page, "0 ready 0", "1 set " + Key, "3 delete " + Key);

        // As long as a slow client is in the middle of one long value, there is no room for the browser's.
        using (var slow = await WatchStream.OpenAsync(service.Address, "?prefix=c"))
        {
            await client.PutAsync("/kv/c", new string('v', 16_000_000));
            await slow.LineAsync();
            await client.PutAsync("/kv/a", new string('v', 100_000));
            await UntilSeenAsync(
                page, "0 ready 0", "1 set " + Key, "3 delete " + Key, "4 fell-behind 4");
        }

        await page.WaitForFunctionAsync("() => window.seen.at(-1) === '5 set a' && window.seen.at(-2) === '4 ready 4'");
    }

    private static async Task UntilSeenAsync(IPage page, params string[] events)
    {
        await page.WaitForFunctionAsync("count => window.seen.length >= count", events.Length);
        (await page.EvaluateAsync<string[]>("() => window.seen")).Take(events.Length).Should().Equal(events);
    }
}
