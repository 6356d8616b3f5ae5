using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>The description of <c>POST /set</c>.</summary>
internal static class SetDescription
{
    /// <summary>A write as a call.</summary>
    public static void Set(OperationBuilder operation) => operation
        .Does(Tags.Values, "Write a value, as JSON or a form", """
            Takes any key. A write without a ttl removes an earlier expiry. Members of other names are refused, so that a typo such as `tll`
            loses no ttl.
            """)
        .TakesBody(
            $"A value of 0 to {operation.Limits.MaxValueBytes:N0} bytes and what goes with it",
            new(
                JsonResponse.ContentType,
                operation.Schema(Schemas.SetRequest),
                Example.OfJson("text", "Text", """{"key":"greeting","value":"hello"}"""),
                Example.OfJson("ttl", "For one minute", """{"key":"greeting","value":"hello","ttl":60}"""),
                Example.OfJson("json", "JSON, stored as its text", """{"key":"greeting","value":{"text":"hello"}}"""),
                Example.OfJson("create", "Only where there is no such key", """{"key":"greeting 2","value":"hello","ifAbsent":true}"""),
                Example.OfJson("type", "With a content type", """{"key":"page","value":"<p>hello","contentType":"text/html"}""")),
            new(
                "application/x-www-form-urlencoded",
                operation.Schema(Schemas.SetForm),
                Example.OfJson("text", "Text", """{"key":"greeting","value":"hello"}""")))
        .Answers(
            200,
            "The value is stored",
            [],
            new Content(
                JsonResponse.ContentType,
                operation.Schema(Schemas.SetResult),
                Example.OfJson("created", "A new key", """{"key":"greeting","revision":7,"created":true}""")))
        .Fails(
            ErrorCode.MalformedRequest, ErrorCode.MalformedJson, ErrorCode.KeyTooLong, ErrorCode.RequestTimeout, ErrorCode.RevisionMismatch,
            ErrorCode.ValueTooLarge, ErrorCode.RequestTooLarge, ErrorCode.UnsupportedMediaType, ErrorCode.InvalidRequest,
            ErrorCode.StorageFull);
}
