using KvStore.Api.Http;
using KvStore.Core.Errors;

namespace KvStore.Api.OpenApi;

/// <summary>The description of <c>GET /watch</c>.</summary>
internal static class WatchDescription
{
    private const string Events =
        """
        id: 7
        event: ready
        data: {"revision":7,"historyId":"4f9d0c6e5b7a4e0f9c1d2b3a49586776"}

        id: 8
        event: set
        data: {"key":"greeting","value":"hello","contentType":"text/plain; charset=utf-8","revision":8,"timestamp":1767225600000}

        id: 9
        event: delete
        data: {"key":"greeting","revision":9,"timestamp":1767225601000}


        """;

    /// <summary>A watch.</summary>
    public static void Watch(OperationBuilder operation) => operation
        .Does(Tags.Changes, "Follow the changes of keys", """
            Server-sent events, each with its revision as its id: first `ready`, at once, with the revision after which events follow and the
            history it belongs to; then for each change of a key that has the prefix and the suffix (neither given: of any key) `set`, `delete` or
            `expire`, in the order of their revisions, each exactly once. `timestamp` is in Unix milliseconds. A value that is not UTF-8 is sent as
            `base64`; `expiresAt` comes with a key that expires.

            The stream ends with `fell-behind` for a client that is too slow, and with `draining` when the service shuts down; both have the
            `revision` to resume from. A comment every 15 seconds keeps proxies from closing the connection, and brings the id up to date.

            This page shows the events of the first two seconds.
            """)
        .Takes(Parameters.Prefix, Parameters.Suffix, Parameters.Since, Parameters.LastEventId)
        .Answers(
            200,
            "The events, as they happen",
            ResponseHeaders.OfWatch,
            new Content(EventWriter.ContentType, Schemas.Text(), new Example("events", "A key comes and goes", Events.ReplaceLineEndings("\n"))))
        .Fails(ErrorCode.MalformedKey, ErrorCode.RevisionCompacted, ErrorCode.InvalidRequest, ErrorCode.RateLimited);
}
