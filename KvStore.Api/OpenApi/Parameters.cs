using System.Globalization;
using System.Text.Json.Nodes;
using KvStore.Api.Http;
using KvStore.Core.Store;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>The parameters of operations.</summary>
/// <remarks>
/// An optional one has "not sent" as its first example, because Swagger UI fills in the first: what is optional would be sent
/// with every request tried out.
/// </remarks>
internal static class Parameters
{
    private static readonly Example NotSent = new("not-sent", "Not sent", null);

    /// <summary>A key in a path.</summary>
    public static OpenApiParameter PathKey(StoreLimits limits) => Required(
        "key",
        ParameterLocation.Path,
        $"The key, {KeyLimit(limits)}, percent-encoded once. `/` may stand as it is. `.` and `..` as path segments and NUL need `/get?key=` or `/set`: clients rewrite or refuse them.",
        Schemas.Key(limits),
        "greeting");

    /// <summary>A key in a query.</summary>
    public static OpenApiParameter QueryKey(StoreLimits limits) => Required(
        "key", ParameterLocation.Query, $"The key, {KeyLimit(limits)}: any text", Schemas.Key(limits), "greeting");

    /// <summary>The beginning of keys.</summary>
    public static OpenApiParameter Prefix => Optional(
        "prefix", ParameterLocation.Query, "What keys begin with", Schemas.Text(), new Example("greet", "Keys that begin with greet", "greet"));

    /// <summary>The end of keys.</summary>
    public static OpenApiParameter Suffix => Optional(
        "suffix", ParameterLocation.Query, "What keys end with", Schemas.Text(), new Example("ing", "Keys that end with ing", "ing"));

    /// <summary>The size of a page.</summary>
    public static OpenApiParameter Limit => Optional(
        "limit",
        ParameterLocation.Query,
        $"The most keys to send, 1 to {ListQuery.MaxLimit:N0}; `Link` then leads to the rest. All keys where it is not given",
        Schemas.Integer(null, "1", ListQuery.MaxLimit.ToString(CultureInfo.InvariantCulture)),
        new Example("page", "A page of 100", 100));

    /// <summary>Where a page begins.</summary>
    public static OpenApiParameter After => Optional(
        "after",
        ParameterLocation.Query,
        "The last key already seen: the listing begins with the key after it. It need not exist",
        Schemas.Text(),
        new Example("a", "Keys after a", "a"));

    /// <summary>Whether a listing has values.</summary>
    public static OpenApiParameter Values => Optional(
        "values",
        ParameterLocation.Query,
        "Whether to send an object of keys and values in place of an array of keys",
        Schemas.Flag(),
        new Example("true", "With values", true));

    /// <summary>Where a watch begins.</summary>
    public static OpenApiParameter Since => Optional(
        "since",
        ParameterLocation.Query,
        "The revision after which changes are wanted; not given, from now on",
        Schemas.Integer(null, "0", "9223372036854775807"),
        new Example("all", "Everything since the store began", 0));

    /// <summary>The last event that a watch has seen.</summary>
    public static OpenApiParameter LastEventId => Optional(
        WatchQuery.LastEventId,
        ParameterLocation.Header,
        "The id of the last event seen, which a browser sends by itself to resume; wins over `since`",
        Schemas.Integer(null, "0", "9223372036854775807"),
        new Example("all", "Everything since the store began", 0));

    /// <summary>When a written key expires.</summary>
    public static OpenApiParameter Ttl => Optional(
        "ttl",
        ParameterLocation.Query,
        "Seconds until the key expires, in fractions too: more than 0, at most 100 years. Not given, the key never expires, even where it did before",
        Schemas.Ttl(),
        new Example("minute", "In one minute", 60));

    /// <summary>Which revision a write needs.</summary>
    public static OpenApiParameter IfMatch => Optional(
        "If-Match",
        ParameterLocation.Header,
        "Only where the key is at one of these revisions: a list of entity tags, or `*` for any. Not beside If-None-Match",
        Schemas.Text(),
        new Example("revision", "At revision 7", "\"7\""),
        new Example("any", "Where the key exists", "*"));

    /// <summary>Which revision a write must not find.</summary>
    public static OpenApiParameter IfNoneMatch => Optional(
        "If-None-Match",
        ParameterLocation.Header,
        "Only where the key is at none of these revisions: a list of entity tags, or `*` for a key that does not exist",
        Schemas.Text(),
        new Example("any", "Where the key does not exist", "*"));

    /// <summary>Which revision a reader has already.</summary>
    public static OpenApiParameter IfNoneMatchOfRead => Optional(
        "If-None-Match",
        ParameterLocation.Header,
        "304 where the value is still at one of these revisions: a list of entity tags, or `*` for any",
        Schemas.Text(),
        new Example("revision", "Unless at revision 7", "\"7\""),
        new Example("any", "Only whether the key exists", "*"));

    private static string KeyLimit(StoreLimits limits) =>
        string.Create(CultureInfo.InvariantCulture, $"1 to {limits.MaxKeyBytes:N0} bytes of UTF-8");

    private static OpenApiParameter Required(
        string name, ParameterLocation location, string description, OpenApiSchema schema, JsonNode example) => new()
        {
            Name = name,
            In = location,
            Description = description,
            Required = true,
            Schema = schema,
            Example = example,
        };

    private static OpenApiParameter Optional(
        string name, ParameterLocation location, string description, OpenApiSchema schema, params Example[] examples) => new()
        {
            Name = name,
            In = location,
            Description = description,
            Schema = schema,
            Examples = Example.Map(examples.Prepend(NotSent)),
        };
}
