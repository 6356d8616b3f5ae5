namespace KvStore.Core.Errors;

/// <summary>
/// Everything that can be wrong with a request, grouped by when it is found. <see cref="ErrorCatalogue"/> has the name,
/// title and status of each.
/// </summary>
public enum ErrorCode
{
    /// <summary>Nothing is wrong.</summary>
    None,

    // Found while reading the request.

    /// <summary>The request could not be understood: a header, the framing of its body, or its form encoding.</summary>
    MalformedRequest,

    /// <summary>The body is not JSON, or not UTF-8.</summary>
    MalformedJson,

    /// <summary>A key is empty, not UTF-8, or its percent-encoding is invalid.</summary>
    MalformedKey,

    /// <summary>A key is longer than the limit.</summary>
    KeyTooLong,

    /// <summary>A field or parameter is missing, unknown, of the wrong type or out of range.</summary>
    InvalidRequest,

    /// <summary>The body's content type is not one that the endpoint takes.</summary>
    UnsupportedMediaType,

    /// <summary>The body is longer than any that the endpoint could accept.</summary>
    RequestTooLarge,

    /// <summary>The value is longer than the limit.</summary>
    ValueTooLarge,

    /// <summary>The request arrived too slowly.</summary>
    RequestTimeout,

    // Found while routing.

    /// <summary>Nothing is served at this path.</summary>
    NotFound,

    /// <summary>The path exists but not for this method.</summary>
    MethodNotAllowed,

    // Found by the store.

    /// <summary>There is no such key.</summary>
    KeyNotFound,

    /// <summary>The key's revision does not meet the request's condition.</summary>
    RevisionMismatch,

    /// <summary>An operation of an atomic batch cannot be carried out, so none was.</summary>
    BatchFailed,

    /// <summary>The disk has no room for the write.</summary>
    StorageFull,

    /// <summary>Changes after a revision are no longer kept, or the store has not come to it.</summary>
    RevisionCompacted,

    // Found while answering.

    /// <summary>The value is not UTF-8, and the client accepts nothing but JSON text.</summary>
    NotText,

    /// <summary>There are as many of these already as the process takes.</summary>
    RateLimited,

    /// <summary>The process is shutting down.</summary>
    Draining,

    /// <summary>The process cannot serve this yet.</summary>
    NotReady,

    /// <summary>A fault of the service, not of the request; the log has it under the answer's trace id.</summary>
    InternalError,
}
