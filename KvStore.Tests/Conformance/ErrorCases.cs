using System.Net.Http.Headers;
using System.Text;

namespace KvStore.Tests.Conformance;

/// <summary>A request that fails.</summary>
/// <param name="Operation">The operation that it is sent to.</param>
/// <param name="Code">The error that it must give.</param>
/// <param name="Target">Method, path and query.</param>
/// <param name="Body">Its body.</param>
/// <param name="Header">A header, as <c>Name: value</c>.</param>
public sealed record ErrorCase(string Operation, string Code, string Target, string? Body = null, string? Header = null)
{
    /// <summary>What the body says it is compressed with.</summary>
    public string? Coding { get; init; }

    /// <summary>The request.</summary>
    public HttpRequestMessage ToRequest(Uri service)
    {
        var target = Target.Split(' ');
        var request = new HttpRequestMessage(new HttpMethod(target[0]), new Uri(service, target[1]));
        request.Content = Body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
        if (Header?.Split(": ", 2) is [var name, var value])
        {
            HttpHeaders headers = name == "Content-Type" ? request.Content!.Headers : request.Headers;
            headers.TryAddWithoutValidation(name, value).Should().BeTrue();
        }

        if (Coding is not null)
        {
            request.Content!.Headers.ContentEncoding.Add(Coding);
        }

        return request;
    }

    public override string ToString() => $"{Operation}: {Code}";
}

/// <summary>A cause of every error that the document declares for every operation, where a test can bring it about cheaply.</summary>
internal static class ErrorCases
{
    /// <summary>The limits of the service that the cases are sent to, so that bodies over a limit are small.</summary>
    public const int MaxValueBytes = 1_000, MaxBatchBytes = 2_000;

    /// <summary>Errors without a case: they need a slow client, a crowd, a full disk, a fault or a shutdown.</summary>
    public static readonly string[] Uncaused = ["request-timeout", "rate-limited", "internal-error", "not-ready", "draining", "storage-full"];

    private const string Json = "Content-Type: application/json";
    private const string Form = "Content-Type: application/x-www-form-urlencoded";

    private const string Lines = "Content-Type: application/x-ndjson";

    private static readonly string LongKey = new('a', 1_025);

    public static IEnumerable<ErrorCase> All =>
    [
        .. Reads("get_get_key", "/get/"), .. Reads("get_kv_key", "/kv/"), .. ReadByQuery(), .. Set(), .. Batch(), .. Put(), .. Delete(),
        .. Lists("get_search", "/search"), .. Lists("get_kv", "/kv/"), .. Lists("get_count", "/count"),
        .. Watch(), .. Import(), .. Routing(),
    ];

    private static ErrorCase[] Reads(string operation, string path) =>
    [
        new(operation, "malformed-key", $"GET {path}%FF"),
        new(operation, "key-too-long", $"GET {path}{LongKey}"),
        new(operation, "key-not-found", $"GET {path}missing"),
        new(operation, "not-text", $"GET {path}picture", Header: "Accept: application/json"),
    ];

    private static ErrorCase[] ReadByQuery() =>
    [
        new("get_get", "malformed-key", "GET /get?key=%FF"),
        new("get_get", "key-too-long", $"GET /get?key={LongKey}"),
        new("get_get", "key-not-found", "GET /get?key=missing"),
        new("get_get", "not-text", "GET /get?key=picture", Header: "Accept: application/json"),
        new("get_get", "invalid-request", "GET /get"),
    ];

    private static ErrorCase[] Set() =>
    [
        new("post_set", "malformed-request", "POST /set", "key=%zz&value=b", Form),
        new("post_set", "malformed-json", "POST /set", """{"key":"greeting",}""", Json),
        new("post_set", "key-too-long", "POST /set", $$"""{"key":"{{LongKey}}","value":""}""", Json),
        new("post_set", "revision-mismatch", "POST /set", """{"key":"missing","value":"","ifRevision":7}""", Json),
        new("post_set", "value-too-large", "POST /set", $$"""{"key":"a","value":"{{new string('b', MaxValueBytes + 1)}}"}""", Json),
        new("post_set", "request-too-large", "POST /set", new string(' ', 20_000), Json),
        new("post_set", "unsupported-media-type", "POST /set", "hello", "Content-Type: text/plain"),
        new("post_set", "invalid-request", "POST /set", """{"key":"greeting"}""", Json),
    ];

    private static ErrorCase[] Batch() =>
    [
        new("post_batch", "malformed-request", "POST /batch", """{"operations":[]}""", "If-Match: 7"),
        new("post_batch", "malformed-json", "POST /batch", """{"operations":[}""", Json),
        new("post_batch", "batch-failed", "POST /batch", """
            {"operations":[{"op":"set","key":"greeting","value":"bye"},{"op":"delete","key":"missing"}],"atomic":true}
            """, Json),
        new("post_batch", "request-too-large", "POST /batch", new string(' ', MaxBatchBytes + 1), Json),
        new("post_batch", "unsupported-media-type", "POST /batch", "hello", "Content-Type: text/plain"),
        new("post_batch", "invalid-request", "POST /batch", """{"operations":[{"op":"get"}]}""", Json),
    ];

    private static ErrorCase[] Put() =>
    [
        new("put_kv_key", "malformed-request", "PUT /kv/greeting", "", "If-Match: 7"),
        new("put_kv_key", "malformed-key", "PUT /kv/%FF", ""),
        new("put_kv_key", "key-too-long", $"PUT /kv/{LongKey}", ""),
        new("put_kv_key", "revision-mismatch", "PUT /kv/missing", "", "If-Match: \"7\""),
        new("put_kv_key", "value-too-large", "PUT /kv/greeting", new string('b', MaxValueBytes + 1)),
        new("put_kv_key", "unsupported-media-type", "PUT /kv/greeting", "", "Content-Type: text"),
        new("put_kv_key", "invalid-request", "PUT /kv/greeting?ttl=0", ""),
    ];

    private static ErrorCase[] Delete() =>
    [
        new("delete_kv_key", "malformed-request", "DELETE /kv/greeting", Header: "If-Match: 7"),
        new("delete_kv_key", "malformed-key", "DELETE /kv/%FF"),
        new("delete_kv_key", "key-too-long", $"DELETE /kv/{LongKey}"),
        new("delete_kv_key", "key-not-found", "DELETE /kv/missing"),
        new("delete_kv_key", "revision-mismatch", "DELETE /kv/missing", Header: "If-Match: \"7\""),
        new("delete_kv_key", "invalid-request", "DELETE /kv/greeting?ttl=1"),
    ];

    private static ErrorCase[] Lists(string operation, string path) =>
    [
        new(operation, "malformed-key", $"GET {path}?prefix=%FF"),
        new(operation, "invalid-request", $"GET {path}?limit=0"),
    ];

    private static ErrorCase[] Watch() =>
    [
        new("get_watch", "malformed-key", "GET /watch?prefix=%FF"),
        new("get_watch", "revision-compacted", "GET /watch?since=1000000000000"),
        new("get_watch", "invalid-request", "GET /watch?since=x"),
    ];

    private static ErrorCase[] Import() =>
    [
        new("post_import", "malformed-request", "POST /import", "not gzip", Lines) { Coding = "gzip" },
        new("post_import", "malformed-key", "POST /import?a=%FF", "", Lines),
        new("post_import", "unsupported-media-type", "POST /import", "", Json),
        new("post_import", "invalid-request", "POST /import", """{"key":"greeting"}""", Lines),
    ];

    private static ErrorCase[] Routing() =>
    [
        new("default", "not-found", "GET /nothing"),
        new("default", "method-not-allowed", "GET /set"),
    ];
}
