using System.Globalization;
using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>The description of <c>POST /batch</c>.</summary>
internal static class BatchDescription
{
    /// <summary>Many operations in one request.</summary>
    public static void Batch(OperationBuilder operation, int limit) => operation
        .Does(Tags.Values, "Get, set and delete many keys", """
            The operations are carried out in order, each as if it had come alone, and each has its own result with its own status. With
            `atomic` all writes are carried out at one moment or none is, gets see the store at that moment, and each operation sees what those
            before it have written.

            A set takes the members of `POST /set`, a get `key`, a delete `key` and `ifRevision`. The whole body is checked before the first
            operation is carried out.
            """)
        .TakesBody(
            string.Create(CultureInfo.InvariantCulture, $"Operations, in at most {limit:N0} bytes of JSON"),
            new Content(
                JsonResponse.ContentType,
                operation.Schema(Schemas.BatchRequest),
                Example.OfJson("some", "A get, a set and a delete", """
                    {"operations":[{"op":"get","key":"greeting"},{"op":"set","key":"greeting 2","value":"hi","ttl":60},{"op":"delete","key":"missing"}]}
                    """),
                Example.OfJson("atomic", "All or nothing", """
                    {"operations":[{"op":"set","key":"greeting 2","value":"hello","ifAbsent":true},{"op":"delete","key":"greeting"}],"atomic":true}
                    """)))
        .Answers(
            200,
            "The results, in the order of the operations",
            [],
            new Content(
                JsonResponse.ContentType,
                operation.Schema(Schemas.BatchResults),
                Example.OfJson("some", "A get, a set and a delete", """
                    {"results":[{"status":200,"revision":7,"value":"hello","contentType":"text/plain; charset=utf-8"},{"status":200,"revision":8,"created":true},{"status":404,"code":"key-not-found"}]}
                    """),
                Example.OfJson("atomic", "All or nothing", """
                    {"results":[{"status":200,"revision":9,"created":true},{"status":204,"revision":10}]}
                    """)))
        .Fails(
            ErrorCode.MalformedRequest, ErrorCode.MalformedJson, ErrorCode.RequestTimeout, ErrorCode.BatchFailed,
            ErrorCode.RequestTooLarge, ErrorCode.UnsupportedMediaType, ErrorCode.InvalidRequest, ErrorCode.StorageFull);
}
