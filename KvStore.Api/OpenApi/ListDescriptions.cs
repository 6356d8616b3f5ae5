using KvStore.Api.Http;
using KvStore.Core.Errors;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>Descriptions of listing and counting keys.</summary>
internal static class ListDescriptions
{
    /// <summary>A search.</summary>
    public static void Search(OperationBuilder operation) => List(operation
        .Does(Tags.Lists, "Find keys by prefix and suffix", $"""
            The keys that have the prefix and the suffix; either may be left out. Neither given, or both empty: none.

            {Order}
            """));

    /// <summary>A listing of all keys.</summary>
    public static void All(OperationBuilder operation) => List(operation
        .Does(Tags.Lists, "List all keys", $"""
            All keys, or those that have the prefix and the suffix.

            {Order}
            """));

    /// <summary>A count.</summary>
    public static void Count(OperationBuilder operation) => operation
        .Does(Tags.Lists, "Count keys", "How many keys have the prefix and the suffix; neither given, or both empty: all keys.")
        .Takes(Parameters.Prefix, Parameters.Suffix)
        .Answers(200, "The count", [], new Content(
            JsonResponse.ContentType, operation.Schema(Schemas.Count), Example.OfJson("count", "Two keys", """{"count":2}""")))
        .Fails(ErrorCode.MalformedKey, ErrorCode.InvalidRequest);

    private const string Order =
        "In the order of the keys' UTF-8 bytes, streamed. A key present during the whole listing appears exactly once; none appears twice.";

    private static void List(OperationBuilder operation) => operation
        .Takes(Parameters.Prefix, Parameters.Suffix, Parameters.Limit, Parameters.After, Parameters.Values)
        .Answers(200, "The keys, or an object of keys and values", [ResponseHeaders.Link], new Content(
            JsonResponse.ContentType,
            new OpenApiSchema { OneOf = [operation.Schema(Schemas.Keys), operation.Schema(Schemas.KeysAndValues)] },
            Example.OfJson("keys", "Keys", """["greeting","picture"]"""),
            Example.OfJson("values", "Keys and values", """{"greeting":"hello","picture":{"base64":"iVBORw=="}}""")))
        .Fails(ErrorCode.MalformedKey, ErrorCode.InvalidRequest);
}
