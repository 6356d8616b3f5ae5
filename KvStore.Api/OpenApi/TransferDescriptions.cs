using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>Descriptions of export and import.</summary>
internal static class TransferDescriptions
{
    private const string Records =
        "{\"key\":\"greeting\",\"value\":\"hello\",\"contentType\":\"text/plain; charset=utf-8\",\"expiresAt\":\"2099-12-31T23:59:59.000Z\",\"revision\":7}\n"
        + "{\"key\":\"picture\",\"base64\":\"iVBORw==\",\"contentType\":\"image/png\",\"revision\":5}\n";

    /// <summary>An export.</summary>
    public static void Export(OperationBuilder operation) => operation
        .Does(Tags.Transfer, "Export all keys", """
            One line of JSON for each key, in the order of the keys' UTF-8 bytes, streamed: `key`, `value` or (where it is not UTF-8) `base64`,
            `contentType`, `expiresAt` where the key expires, and `revision`.

            Writes go on meanwhile. Every write up to `KvStore-Revision` is in; with the changes after it, the higher revision of a key
            winning, the lines are exactly the store. Compressed where `Accept-Encoding` asks for gzip.
            """)
        .Answers(
            200,
            "All keys",
            [ExportResponse.Revision, ResponseHeaders.Vary, ResponseHeaders.ContentEncoding],
            new Content(ExportResponse.ContentType, Schemas.Text("A JSON object on each line"), new Example("records", "Two keys", Records)))
        .Fails(ErrorCode.MalformedKey, ErrorCode.InvalidRequest);

    /// <summary>An import.</summary>
    public static void Import(OperationBuilder operation) => operation
        .Does(Tags.Transfer, "Import records", """
            Writes the record on each line, one after the other, as `/export` sends them: of any number, streamed, compressed where
            `Content-Encoding` says gzip. `contentType` and `expiresAt` may be left out, `revision` is not kept: each write gets a new one.
            Empty lines are passed over.

            A line that is wrong ends the import: `line` and `errors` say where and why, and `imported` how many records were written. These stay.
            So does a full disk: the records before it are kept.
            """)
        .TakesBody(
            "A JSON object on each line",
            new Content(
                ExportResponse.ContentType,
                Schemas.Text(),
                new Example("records", "As exported", Records),
                new Example("least", "With no more than is needed", "{\"key\":\"greeting\",\"value\":\"hello\"}\n")))
        .Answers(200, "All records are written", [], new Content(
            JsonResponse.ContentType, operation.Schema(Schemas.Imported), Example.OfJson("imported", "Two records", """{"imported":2}""")))
        .Fails(
            ErrorCode.MalformedRequest, ErrorCode.MalformedKey, ErrorCode.RequestTimeout, ErrorCode.UnsupportedMediaType, ErrorCode.InvalidRequest,
            ErrorCode.StorageFull);
}
