using System.Globalization;
using System.Text.Json.Nodes;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>The shapes of bodies.</summary>
internal static class Schemas
{
    /// <summary>Names of the document's schemas.</summary>
    public const string Problem = "Problem", SetRequest = "SetRequest", SetForm = "SetForm", SetResult = "SetResult",
        Keys = "Keys", KeysAndValues = "KeysAndValues", Count = "Count", Imported = "Imported", Liveness = "Liveness", Readiness = "Readiness", Role = "Role",
        BatchRequest = "BatchRequest", BatchResults = "BatchResults", Snapshot = "Snapshot";

    private const string MaxTtlSeconds = "3155760000";
    private const string TtlText = "Seconds until the key expires, in fractions too: more than 0, at most 100 years";
    private const string ContentTypeText = "A media type; text/plain; charset=utf-8 where nothing is said";
    /// <summary>What a condition on the revision means.</summary>
    public const string IfRevisionText = "The revision that the key must be at; 0: it must not exist";
    private const string IfAbsentText = "Whether the key must not exist; not beside ifRevision";

    /// <summary>Every schema, by name.</summary>
    public static Dictionary<string, IOpenApiSchema> All(StoreLimits limits) => new(StringComparer.Ordinal)
    {
        [Problem] = ProblemSchema(),
        [SetRequest] = SetJson(limits),
        [SetForm] = SetFields(limits),
        [SetResult] = Object(("key", Text()), ("revision", Revision()), ("created", Flag("Whether the key did not exist before"))),
        [BatchRequest] = BatchSchemas.Request(SetJson(limits), limits),
        [BatchResults] = BatchSchemas.Results(),
        [Keys] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text(), UniqueItems = true },
        [KeysAndValues] = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            AdditionalProperties = new OpenApiSchema
            {
                OneOf = [Text("A value that is UTF-8"), Object(("base64", Text("The bytes of a value that is not UTF-8")))],
            },
        },
        [Count] = Object(("count", Integer("Keys", "0"))),
        [Imported] = Object(("imported", Integer("Records", "0"))),
        [Liveness] = Object(("status", OneOf("alive"))),
        [Readiness] = Object(
            ("status", OneOf("ready", "not-ready", "draining")),
            ("role", RoleName()),
            ("keys", Integer("Keys in the store", "0")),
            ("revision", Revision()),
            ("historyId", HistoryId()),
            ("checks", new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = Object(("status", OneOf("ok", "degraded", "failing")), ("reason", Text())),
            })),
        [Snapshot] = Object(
            ("name", Text("The file's name in the directory")),
            ("revision", Revision()),
            ("keys", Integer("Keys in it", "0")),
            ("bytes", Integer("Bytes of the file", "0")),
            ("seconds", new OpenApiSchema { Type = JsonSchemaType.Number, Description = "How long it took" })),
        [Role] = Object(("role", RoleName()), ("revision", Revision()), ("historyId", HistoryId())),
    };

    /// <summary>Text, between two lengths in characters.</summary>
    public static OpenApiSchema Text(string? description = null, int? min = null, int? max = null) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        MinLength = min,
        MaxLength = max,
    };

    /// <summary>A whole number of at most 64 bits, between two bounds.</summary>
    public static OpenApiSchema Integer(string? description, string min, string? max = null) => new()
    {
        Type = JsonSchemaType.Integer,
        Format = "int64",
        Description = description,
        Minimum = min,
        Maximum = max,
    };

    /// <summary>True or false.</summary>
    public static OpenApiSchema Flag(string? description = null) =>
        new() { Type = JsonSchemaType.Boolean, Description = description };

    /// <summary>Any JSON.</summary>
    public static OpenApiSchema Anything(string? description = null) => new() { Description = description };

    /// <summary>Any bytes.</summary>
    public static OpenApiSchema File() => new() { Type = JsonSchemaType.String, Format = "binary" };

    /// <summary>A key. A character has at least one byte, so that the limit in bytes bounds the characters too.</summary>
    public static OpenApiSchema Key(StoreLimits limits) => Text(
        string.Create(CultureInfo.InvariantCulture, $"1 to {limits.MaxKeyBytes:N0} bytes of UTF-8"), min: 1, max: limits.MaxKeyBytes);

    /// <summary>A time to live.</summary>
    public static OpenApiSchema Ttl() => new()
    {
        Type = JsonSchemaType.Number,
        Description = TtlText,
        ExclusiveMinimum = "0",
        Maximum = MaxTtlSeconds,
    };

    private static OpenApiSchema SetJson(StoreLimits limits) => Set(
        Key(limits),
        Anything("Any JSON but null: a string is stored as it is, anything else as its JSON text, as application/json"),
        Ttl(),
        Text(ContentTypeText, max: 255),
        Integer(IfRevisionText, "0"),
        Flag(IfAbsentText));

    // Every field of a form is text. Swagger UI fills in those without an example with an invented value; an empty one is not sent.
    private static OpenApiSchema SetFields(StoreLimits limits)
    {
        var form = Set(
            Key(limits), Text(), Text(TtlText), Text(ContentTypeText, max: 255), Text(IfRevisionText), Text($"{IfAbsentText}; true or false"));
        foreach (var (name, field) in form.Properties!)
        {
            ((OpenApiSchema)field).Examples =
                [name switch { Http.SetRequest.KeyName => "greeting", Http.SetRequest.ValueName => "hello", _ => "" }];
        }

        return form;
    }

    private static OpenApiSchema Set(
        OpenApiSchema key, OpenApiSchema value, OpenApiSchema ttl, OpenApiSchema contentType, OpenApiSchema ifRevision, OpenApiSchema ifAbsent)
    {
        var set = Object(
            (Http.SetRequest.KeyName, key),
            (Http.SetRequest.ValueName, value),
            (Http.SetRequest.TtlName, ttl),
            (Http.SetRequest.ContentTypeName, contentType),
            (Http.SetRequest.IfRevisionName, ifRevision),
            (Http.SetRequest.IfAbsentName, ifAbsent));
        set.Required = new HashSet<string>(StringComparer.Ordinal) { Http.SetRequest.KeyName, Http.SetRequest.ValueName };
        set.AdditionalPropertiesAllowed = false;
        return set;
    }

    private static OpenApiSchema ProblemSchema()
    {
        var problem = Object(
            ("type", Text("urn:kvstore:problem: and the code")),
            ("title", Text("The same for every occurrence of the code")),
            ("status", Integer("The HTTP status", "400", "599")),
            ("detail", Text("What is wrong here, and what to do")),
            ("instance", Text("The path that was asked for")),
            ("code", OneOf([.. ErrorCatalogue.All.Select(error => error.Name)])),
            ("traceId", Text("What the service's log has this request under")),
            ("limit", Integer("The limit that was exceeded, in bytes", "0")),
            ("oldestRevision", Integer("With revision-compacted: the oldest revision whose change is kept", "1")),
            ("currentRevision", Integer("With revision-mismatch: the key's revision; 0: there is no such key", "0")),
            ("failed", BatchSchemas.Failed()),
            ("line", Integer("The line of an import that is wrong, from 1", "1")),
            ("imported", Integer("Of an import that failed: the records before, which stay", "0")),
            ("errors", new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "With invalid-request: what is wrong, by field",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = Text() },
            }));
        problem.Required!.ExceptWith(["limit", "oldestRevision", "currentRevision", "failed", "line", "imported", "errors"]);
        return problem;
    }

    /// <summary>An object with members that are all there.</summary>
    public static OpenApiSchema Object(params (string Name, OpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Properties = members.ToDictionary(member => member.Name, IOpenApiSchema (member) => member.Schema, StringComparer.Ordinal),
        Required = members.Select(member => member.Name).ToHashSet(StringComparer.Ordinal),
    };

    /// <summary>One of some names.</summary>
    public static OpenApiSchema OneOf(params string[] names) => new()
    {
        Type = JsonSchemaType.String,
        Enum = [.. names.Select(name => JsonValue.Create(name))],
    };

    /// <summary>A revision.</summary>
    public static OpenApiSchema Revision() => Integer("The store's number of a write", "0");

    private static OpenApiSchema RoleName() => OneOf("primary", "replica");

    private static OpenApiSchema HistoryId() => Text("New whenever revisions could have begun again");
}
