using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>Descriptions of reading, writing and deleting one value.</summary>
internal static class ValueDescriptions
{
    private const string Text = "text/plain";
    private const string Bytes = "application/octet-stream";

    /// <summary>A read whose key is in the path.</summary>
    public static void GetByPath(OperationBuilder operation) => Get(operation, "Read a value")
        .Takes(Parameters.PathKey(operation.Limits), Parameters.IfNoneMatchOfRead)
        .Fails(ErrorCode.MalformedKey, ErrorCode.KeyTooLong, ErrorCode.KeyNotFound, ErrorCode.NotText);

    /// <summary>A read whose key is in the query.</summary>
    public static void GetByQuery(OperationBuilder operation) => Get(operation, "Read a value whose key no path can carry")
        .Takes(Parameters.QueryKey(operation.Limits), Parameters.IfNoneMatchOfRead)
        .Fails(
            ErrorCode.MalformedKey, ErrorCode.KeyTooLong, ErrorCode.KeyNotFound, ErrorCode.NotText, ErrorCode.InvalidRequest);

    /// <summary>A write whose body is the value.</summary>
    public static void Put(OperationBuilder operation) => operation
        .Does(Tags.Values, "Write a value", "Stores the body under the key, with the request's Content-Type: any media type, up to 255 characters.")
        .Takes(Parameters.PathKey(operation.Limits), Parameters.Ttl, Parameters.IfMatch, Parameters.IfNoneMatch)
        .TakesBody(
            $"The value: 0 to {operation.Limits.MaxValueBytes:N0} bytes, of any content type",
            new(Text, Schemas.Text(), new Example("text", "Text", "hello")),
            new(JsonResponse.ContentType, Schemas.Anything(), Example.OfJson("json", "JSON, stored as it is", """{"text":"hello"}""")),
            new(Bytes, Schemas.File()))
        .Answers(200, "The value replaces one", [ResponseHeaders.ETag])
        .Answers(201, "The key is new", [ResponseHeaders.ETag])
        .Fails(
            ErrorCode.MalformedRequest, ErrorCode.MalformedKey, ErrorCode.KeyTooLong, ErrorCode.RequestTimeout, ErrorCode.RevisionMismatch,
            ErrorCode.ValueTooLarge, ErrorCode.UnsupportedMediaType, ErrorCode.InvalidRequest, ErrorCode.StorageFull);

    /// <summary>A delete.</summary>
    public static void Delete(OperationBuilder operation) => operation
        .Does(Tags.Values, "Delete a key", "Deletes the key and its value.")
        .Takes(Parameters.PathKey(operation.Limits), Parameters.IfMatch)
        .Answers(204, "The key is gone", [])
        .Fails(
            ErrorCode.MalformedRequest, ErrorCode.MalformedKey, ErrorCode.KeyTooLong, ErrorCode.KeyNotFound,
            ErrorCode.RevisionMismatch, ErrorCode.InvalidRequest, ErrorCode.StorageFull);

    private static OperationBuilder Get(OperationBuilder operation, string summary) => operation
        .Does(Tags.Values, summary, """
            The value's bytes, under the content type they were stored with. With `Accept: application/json` text is sent as one JSON string,
            with an ETag of its own; a value stored as application/json is JSON already and is sent as it is.
            """)
        .Answers(
            200,
            "The value",
            ResponseHeaders.OfValue,
            new("*/*", Schemas.Text("The bytes as they were stored"), new Example("text", "As it was stored", "hello")),
            new(JsonResponse.ContentType, Schemas.Anything(), new Example("json-string", "As a JSON string", "hello")))
        .Answers(304, "If-None-Match names the value's revision", [ResponseHeaders.ETag, ValueHeaders.ExpiresAt, ResponseHeaders.Vary]);
}
