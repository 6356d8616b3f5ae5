using System.Collections.Frozen;

namespace KvStore.Core.Errors;

/// <summary>What clients are told of one <see cref="ErrorCode"/>.</summary>
/// <param name="Code">The code.</param>
/// <param name="Name">Its stable name on the wire, such as <c>key-not-found</c>.</param>
/// <param name="HttpStatus">Its HTTP status.</param>
/// <param name="GrpcStatus">Its gRPC status code (https://github.com/grpc/grpc/blob/master/doc/statuscodes.md).</param>
/// <param name="Title">A short summary that is the same for every occurrence.</param>
public sealed record ErrorDescription(ErrorCode Code, string Name, int HttpStatus, int GrpcStatus, string Title);

/// <summary>The one table from error code to wire name, HTTP and gRPC status, and title.</summary>
public static class ErrorCatalogue
{
    private static readonly ErrorDescription[] Table =
    [
        new(ErrorCode.MalformedRequest, "malformed-request", 400, 3, "The request could not be understood"),
        new(ErrorCode.MalformedJson, "malformed-json", 400, 3, "The body is not valid JSON"),
        new(ErrorCode.MalformedKey, "malformed-key", 400, 3, "The key is not valid"),
        new(ErrorCode.KeyTooLong, "key-too-long", 400, 3, "The key is too long"),
        new(ErrorCode.KeyNotFound, "key-not-found", 404, 5, "There is no such key"),
        new(ErrorCode.NotFound, "not-found", 404, 12, "There is nothing at this path"),
        new(ErrorCode.MethodNotAllowed, "method-not-allowed", 405, 12, "The path does not take this method"),
        new(ErrorCode.NotText, "not-text", 406, 9, "The value is not text"),
        new(ErrorCode.RequestTimeout, "request-timeout", 408, 4, "The request arrived too slowly"),
        new(ErrorCode.BatchFailed, "batch-failed", 409, 9, "Nothing of the batch was carried out"),
        new(ErrorCode.RevisionCompacted, "revision-compacted", 410, 11, "The changes asked for are not kept"),
        new(ErrorCode.RevisionMismatch, "revision-mismatch", 412, 9, "The key's revision does not meet the condition"),
        new(ErrorCode.ValueTooLarge, "value-too-large", 413, 8, "The value is too large"),
        new(ErrorCode.RequestTooLarge, "request-too-large", 413, 8, "The request is too large"),
        new(ErrorCode.UnsupportedMediaType, "unsupported-media-type", 415, 12, "The body's content type is not accepted"),
        new(ErrorCode.InvalidRequest, "invalid-request", 422, 3, "The request has invalid fields"),
        new(ErrorCode.RateLimited, "rate-limited", 429, 8, "There are too many of these at once"),
        new(ErrorCode.InternalError, "internal-error", 500, 2, "The service failed"),
        new(ErrorCode.NotReady, "not-ready", 503, 14, "The service is not ready"),
        new(ErrorCode.Draining, "draining", 503, 14, "The service is shutting down"),
        new(ErrorCode.StorageFull, "storage-full", 507, 8, "The disk is full"),
    ];

    private static readonly FrozenDictionary<ErrorCode, ErrorDescription> ByCode = Table.ToFrozenDictionary(e => e.Code);

    /// <summary>Every error, in order of status.</summary>
    public static IReadOnlyList<ErrorDescription> All => Table;

    /// <summary>The description of <paramref name="code"/>.</summary>
    /// <exception cref="KeyNotFoundException"><paramref name="code"/> is <see cref="ErrorCode.None"/>.</exception>
    public static ErrorDescription Describe(ErrorCode code) => ByCode[code];
}
