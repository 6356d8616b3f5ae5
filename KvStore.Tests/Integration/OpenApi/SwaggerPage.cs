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

    /// <summary>Opens an operation, fills in the fields, chooses the body, and executes.</summary>
    /// <returns>The status and body that the page shows.</returns>
    public async Task<(int Status, string Body)> TryOutAsync(
        string operationId, IReadOnlyDictionary<string, string>? parameters = null, string? body = null, string? contentType = null)
    {
        var operation = Page.Locator($"[id$='-{operationId}'].opblock");
        if (await operation.Locator(".opblock-body").CountAsync() == 0)
        {
            await operation.Locator(".opblock-summary-control").ClickAsync();
            await operation.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).ClickAsync();
        }

        if (contentType is not null)
        {
            await operation.Locator(".opblock-section-request-body .content-type").SelectOptionAsync(contentType);
        }

        foreach (var (name, value) in parameters ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            await operation.Locator($"tr[data-param-name='{name}']").Locator("input, textarea").First.FillAsync(value);
        }

        if (body is not null)
        {
            await operation.Locator(".opblock-section-request-body textarea").FillAsync(body);
        }

        var answered = Page.WaitForResponseAsync(response => !response.Url.Contains("/swagger/", StringComparison.Ordinal));
        await operation.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();
        await answered;
        var live = operation.Locator(".live-responses-table");
        var status = await live.Locator("tbody .response-col_status").First.InnerTextAsync();
        var text = live.Locator(".response-col_description .highlight-code code, .response-col_description .highlight-code pre");
        return (
            int.Parse(status.AsSpan().Trim()[..3], NumberStyles.None, CultureInfo.InvariantCulture),
            await text.CountAsync() == 0 ? "" : await text.First.InnerTextAsync());
    }

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
