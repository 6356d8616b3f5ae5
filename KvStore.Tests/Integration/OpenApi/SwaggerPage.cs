using System.Collections.Concurrent;
using System.Globalization;
using KvStore.Tests.Support;
using Microsoft.Playwright;

namespace KvStore.Tests.Integration.OpenApi;

/// <summary>Swagger UI in a real browser, driven as a person does: by what can be seen and clicked.</summary>
internal sealed class SwaggerPage : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentQueue<string> _complaints = new();

    private SwaggerPage(IPlaywright playwright, IBrowser browser, IPage page)
    {
        (_playwright, _browser, Page) = (playwright, browser, page);
        page.Console += (_, message) => Complain(message.Type is "error" or "warning", message.Text);
        page.PageError += (_, error) => Complain(true, error);
        page.Request += (_, request) => Complain(
            !request.Url.StartsWith(Origin(page.Url), StringComparison.Ordinal) && page.Url != "about:blank", $"asked for {request.Url}");
    }

    /// <summary>The page.</summary>
    public IPage Page { get; }

    /// <summary>Errors and warnings of the browser's console, and requests to other hosts.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Opens <c>/swagger</c> and waits until the operations are there.</summary>
    public static async Task<SwaggerPage> OpenAsync(Uri service)
    {
        var chromium = RequiredTool.SkipUnless("chromium");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox"],
        });
        var page = new SwaggerPage(playwright, browser, await browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = 1200, Height = 1000 },
        }));
        await page.Page.GotoAsync(new Uri(service, "/swagger").AbsoluteUri);
        await page.Page.Locator(".opblock").First.WaitForAsync();
        return page;
    }

    /// <summary>Opens an operation, fills in what is given, executes, reads the answer, and closes it: what is open slows the page down.</summary>
    /// <returns>The status and body that the page shows.</returns>
    public async Task<(int Status, string Body)> TryOutAsync(
        string operationId,
        IReadOnlyDictionary<string, string>? parameters = null,
        string? body = null,
        string? contentType = null,
        string? accept = null)
    {
        var operation = Page.Locator($"[id$='-{operationId}'].opblock");
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.Locator(".try-out__btn").First.WaitForAsync();
        if (await operation.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).IsVisibleAsync())
        {
            await operation.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).ClickAsync();
        }

        await FillInAsync(operation, parameters, body, contentType, accept);
        await ExecuteAsync(operation);
        var answer = await ReadAsync(operation);

        await operation.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await operation.Locator(".opblock-summary-control").ClickAsync();
        return answer;
    }

    private static async Task FillInAsync(
        ILocator operation, IReadOnlyDictionary<string, string>? parameters, string? body, string? contentType, string? accept)
    {
        if (contentType is not null)
        {
            await operation.Locator(".opblock-section-request-body .content-type").SelectOptionAsync(contentType);
        }

        foreach (var (name, value) in parameters ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            await operation.Locator($"tr[data-param-name='{name}']").Locator("input").FillAsync(value);
        }

        if (body is not null)
        {
            await operation.Locator(".opblock-section-request-body textarea").FillAsync(body);
        }

        if (accept is not null)
        {
            await AcceptOf(operation).SelectOptionAsync(accept);
        }
    }

    private async Task ExecuteAsync(ILocator operation)
    {
        var shown = await AcceptOf(operation).CountAsync() == 0 ? null : await AcceptOf(operation).InputValueAsync();
        var answered = Page.WaitForResponseAsync(response => !response.Url.Contains("/swagger/", StringComparison.Ordinal));
        await operation.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();
        var sent = await (await answered).Request.HeaderValueAsync("Accept");
        sent.Should().Be(shown ?? "*/*", "the page sends the Accept that it shows as chosen");
    }

    private static async Task<(int Status, string Body)> ReadAsync(ILocator operation)
    {
        var live = operation.Locator(".live-responses-table tbody").First;
        var status = await live.Locator(".response-col_status").First.InnerTextAsync();
        var body = live.Locator(".response-col_description .highlight-code").First.Locator("code, pre").First;
        return (
            int.Parse(status.AsSpan().Trim()[..3], NumberStyles.None, CultureInfo.InvariantCulture),
            await body.CountAsync() == 0 ? "" : await body.InnerTextAsync());
    }

    private static ILocator AcceptOf(ILocator operation) =>
        operation.Locator(".responses-table:not(.live-responses-table) .response-control-media-type--accept-controller select");

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private void Complain(bool isComplaint, string text)
    {
        if (isComplaint)
        {
            _complaints.Enqueue(text);
        }
    }

    private static string Origin(string url) => new Uri(url).GetLeftPart(UriPartial.Authority);
}
