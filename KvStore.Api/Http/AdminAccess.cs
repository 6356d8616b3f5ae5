using System.Net;
using KvStore.Api.Options;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Http;

/// <summary>
/// Who may administer the store: whoever reaches the metrics port, and this machine. There are no passwords, so three ways in are closed on the service's
/// port that loopback alone would leave open:
/// <list type="number">
/// <item>a proxy on this machine, behind which everyone is loopback: what says that it was forwarded is refused;</item>
/// <item>another site's page in a browser on this machine: where a browser says that a page asks, it must be one of ours;</item>
/// <item>such a page under a name that has been pointed at this machine (DNS rebinding): the host must be a loopback address or <c>localhost</c>.</item>
/// </list>
/// On the metrics port no page may ask at all.
/// </summary>
internal sealed class AdminAccess(ServerOptions options)
{
    private const string FetchSite = "Sec-Fetch-Site";

    // Any of them tells of a proxy.
    private static readonly string[] ForwardedHeaders =
        ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", HeaderNames.Via];

    /// <summary>What a request is told that may not.</summary>
    public static Problem Refused { get; } = new(
        ErrorCode.NotFound, "Administration is served on the metrics port, and to this machine alone: not through a proxy, nor to another site's page.");

    /// <summary>Whether a request may administer the store.</summary>
    public bool IsAllowed(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (options.MetricsPort != 0 && context.Connection.LocalPort == options.MetricsPort)
        {
            return headers.Origin.Count == 0 && IsFetchedBy(headers, "none");
        }

        return context.Connection.RemoteIpAddress is { } address
            && IPAddress.IsLoopback(address)
            && !ForwardedHeaders.Any(headers.ContainsKey)
            && IsLoopbackName(context.Request.Host.Host)
            && IsFetchedBy(headers, "none", "same-origin")
            && (headers.Origin.Count == 0 || headers.Origin == $"http://{context.Request.Host.Value}");
    }

    /// <summary>Whether a browser, where it is one, says that the request comes of one of these.</summary>
    private static bool IsFetchedBy(IHeaderDictionary headers, params ReadOnlySpan<string> sites) =>
        !headers.TryGetValue(FetchSite, out var site) || sites.Contains(site.ToString());

    private static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
