using KvStore.Api.Http;
using KvStore.Core.Store;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>The shapes of a batch and its results.</summary>
internal static class BatchSchemas
{
    /// <summary>The body of a batch.</summary>
    /// <param name="set">The body of a set, whose members an operation that sets has too.</param>
    /// <param name="limits">The sizes that the store accepts.</param>
    public static OpenApiSchema Request(OpenApiSchema set, StoreLimits limits) => With(
        [BatchReader.AtomicName],
        (BatchReader.OperationsName, new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Items = new OpenApiSchema { OneOf = [Get(limits), Set(set), Delete(limits)] },
        }),
        (BatchReader.AtomicName, Schemas.Flag("Whether all writes are to be carried out or none; false where nothing is said")));

    /// <summary>The results of a batch.</summary>
    public static OpenApiSchema Results() => With(
        [],
        ("results", new OpenApiSchema
        {
            Type = JsonSchemaType.Array,
            Items = new OpenApiSchema { OneOf = [WasRead(), WasSet(), WasDeleted(), Failure()] },
        }));

    /// <summary>The operation for which an atomic batch was not carried out.</summary>
    public static OpenApiSchema Failed()
    {
        var failed = With([], ("index", Schemas.Integer("Its place among the operations, from 0", "0")), ("result", Failure()));
        failed.Description = "With batch-failed: the first operation that could not be carried out";
        return failed;
    }

    private static OpenApiSchema Get(StoreLimits limits) => With([], Op("get"), (SetRequest.KeyName, Schemas.Key(limits)));

    private static OpenApiSchema Delete(StoreLimits limits) => With(
        [SetRequest.IfRevisionName],
        Op("delete"),
        (SetRequest.KeyName, Schemas.Key(limits)),
        (SetRequest.IfRevisionName, Schemas.Integer(Schemas.IfRevisionText, "0")));

    private static OpenApiSchema Set(OpenApiSchema set)
    {
        var (name, op) = Op("set");
        set.Properties = set.Properties!.Prepend(new(name, op)).ToDictionary(StringComparer.Ordinal);
        set.Required!.Add(name);
        return set;
    }

    private static OpenApiSchema WasRead() => With(
        ["value", "base64", "expiresAt"],
        ("status", Status(200)),
        ("revision", Schemas.Revision()),
        ("value", Schemas.Text("A value that is UTF-8")),
        ("base64", Schemas.Text("The bytes of a value that is not UTF-8")),
        ("contentType", Schemas.Text("The value's content type")),
        ("expiresAt", Schemas.Text("When the key expires, where it does (RFC 3339)")));

    private static OpenApiSchema WasSet() => With(
        [],
        ("status", Status(200)),
        ("revision", Schemas.Revision()),
        ("created", Schemas.Flag("Whether the key did not exist before")));

    private static OpenApiSchema WasDeleted() => With([], ("status", Status(204)), ("revision", Schemas.Revision()));

    private static OpenApiSchema Failure() => With(
        ["currentRevision"],
        ("status", Schemas.Integer("The HTTP status that the operation would have had alone", "400", "599")),
        ("code", Schemas.OneOf("malformed-key", "key-too-long", "key-not-found", "revision-mismatch", "value-too-large")),
        ("currentRevision", Schemas.Integer("With revision-mismatch: the key's revision; 0: there is no such key", "0")));

    private static (string Name, OpenApiSchema Schema) Op(string name) => (BatchReader.OpName, Schemas.OneOf(name));

    private static OpenApiSchema Status(int status)
    {
        var text = $"{status}";
        return Schemas.Integer("The HTTP status that the operation would have had alone", text, text);
    }

    /// <summary>An object with these members and no others, of which some may be missing.</summary>
    private static OpenApiSchema With(string[] optional, params (string Name, OpenApiSchema Schema)[] members)
    {
        var schema = Schemas.Object(members);
        schema.Required!.ExceptWith(optional);
        schema.AdditionalPropertiesAllowed = false;
        return schema;
    }
}
