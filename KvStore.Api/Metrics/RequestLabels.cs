using System.Collections.Frozen;

namespace KvStore.Api.Metrics;

/// <summary>
/// The label values of a request, folded so that no client can make new ones: what matches no route, methods that HTTP does
/// not define and status codes that it has no room for have one value each.
/// </summary>
internal static class RequestLabels
{
    /// <summary>The route of a request that matches none.</summary>
    public const string Unmatched = "unmatched";

    /// <summary>The methods that have a value of their own; the last one stands for all others.</summary>
    public static readonly string[] Methods =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "_OTHER"];

    private const int MinCode = 100;
    private const int MaxCode = 599;

    private static readonly FrozenDictionary<string, int> MethodIndexes =
        Methods.Index().ToFrozenDictionary(method => method.Item, method => method.Index, StringComparer.Ordinal);

    // A label is an object, and a request must allocate none.
    private static readonly object[] Codes = [.. Enumerable.Range(MinCode, MaxCode - MinCode + 1).Select(code => (object)code)];

    private static readonly object OtherCode = 0;

    /// <summary>The index in <see cref="Methods"/> of a request's method.</summary>
    public static int MethodIndex(string method) => MethodIndexes.GetValueOrDefault(method, Methods.Length - 1);

    /// <summary>The status code as a label.</summary>
    public static object Code(int status) => status is >= MinCode and <= MaxCode ? Codes[status - MinCode] : OtherCode;

    /// <summary>The template of an endpoint's route, such as <c>/kv/{key}</c>.</summary>
    public static string Route(Endpoint? endpoint) =>
        endpoint is RouteEndpoint { RoutePattern.RawText: { } template } ? template : Unmatched;
}
