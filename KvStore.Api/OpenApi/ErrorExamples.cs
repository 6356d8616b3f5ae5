using System.Globalization;
using System.Text.Json.Nodes;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.OpenApi;

/// <summary>A real body of every error, under its code.</summary>
internal static class ErrorExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>One example for each error.</summary>
    public static IEnumerable<Example> All(StoreLimits limits) => ErrorCatalogue.All.Select(error =>
    {
        var (instance, detail, extension) = Describe(error.Code, limits);
        var body = new JsonObject
        {
            ["type"] = "urn:kvstore:problem:" + error.Name,
            ["title"] = error.Title,
            ["status"] = error.HttpStatus,
            ["detail"] = detail,
            ["instance"] = instance,
            ["code"] = error.Name,
            ["traceId"] = TraceId,
        };
        if (extension is { } member)
        {
            body.Add(member);
        }

        return new Example(error.Name, error.Title, body);
    });

    private static (string Instance, string Detail, KeyValuePair<string, JsonNode?>? Extension) Describe(
        ErrorCode code, StoreLimits limits) => code switch
        {
            ErrorCode.MalformedRequest => ("/kv/greeting", "If-Match must be * or entity tags in quotes, such as \"7\".", null),
            ErrorCode.MalformedJson => (
                "/set", "The body is not JSON, or is nested deeper than 64 levels: see line 1, byte 19.", null),
            ErrorCode.MalformedKey => ("/get/%FF", "The key must be text in UTF-8, percent-encoded once.", null),
            ErrorCode.KeyTooLong => ("/set", $"The key is longer than {Bytes(limits.MaxKeyBytes)}.", Limit(limits.MaxKeyBytes)),
            ErrorCode.KeyNotFound => ("/get/missing", "No value is stored under this key.", null),
            ErrorCode.NotFound => ("/nothing", "Nothing is served at this path. /swagger lists what is.", null),
            ErrorCode.MethodNotAllowed => ("/set", "This path takes POST.", null),
            ErrorCode.NotText => (
                "/get/picture", "The value is not UTF-8, so it cannot be sent as JSON. Ask with Accept: */*.", null),
            ErrorCode.RequestTimeout => ("/set", "The request body arrived too slowly.", null),
            ErrorCode.BatchFailed => (
                "/batch",
                "Nothing was carried out: operations[1] fails with key-not-found.",
                new("failed", new JsonObject { ["index"] = 1, ["result"] = new JsonObject { ["status"] = 404, ["code"] = "key-not-found" } })),
            ErrorCode.RevisionMismatch => (
                "/kv/missing", "The condition does not hold: the key does not exist.", new("currentRevision", 0)),
            ErrorCode.RevisionCompacted => (
                "/watch",
                "The store has not come to revision 1000000000000: its history has begun anew. Read the store, and watch from there.",
                new("oldestRevision", 1)),
            ErrorCode.RateLimited => (
                "/watch", "10000 watches are open, and no more are served at once. Close one, or try again.", null),
            ErrorCode.ValueTooLarge => (
                "/kv/greeting", $"The value is longer than {Bytes(limits.MaxValueBytes)}.", Limit(limits.MaxValueBytes)),
            ErrorCode.RequestTooLarge => (
                "/set",
                $"The request body is longer than {Bytes(Endpoints.SetEndpoint.BodyLimit(limits))}.",
                Limit(Endpoints.SetEndpoint.BodyLimit(limits))),
            ErrorCode.UnsupportedMediaType => (
                "/set",
                "Send application/json or application/x-www-form-urlencoded, in UTF-8, and say so in Content-Type.",
                null),
            ErrorCode.InvalidRequest => (
                "/set", "Invalid: value is required.", new("errors", new JsonObject { ["value"] = new JsonArray("is required") })),
            ErrorCode.InternalError => (
                "/get/greeting", "The service failed to answer. Its log has the cause under the traceId.", null),
            ErrorCode.NotReady => (
                "/get/greeting", "The store is being brought back from its directory: log, 43 %, 1200000 records a second. Try again.", null),
            ErrorCode.StorageFull => ("/kv/greeting", Problem.OfStore(code, limits).Detail, null),
            _ => ("/get/greeting", $"{ErrorCatalogue.Describe(code).Title}.", null),
        };

    private static KeyValuePair<string, JsonNode?> Limit(long bytes) => new("limit", bytes);

    private static string Bytes(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} bytes");
}
