using System.Globalization;
using KvStore.Api.Problems;
using KvStore.Core.Search;

namespace KvStore.Api.Http;

/// <summary>What a watch asks for.</summary>
/// <param name="Filter">Which keys; the empty one is all.</param>
/// <param name="Since">The revision after which changes are wanted; null = from now on.</param>
internal sealed record WatchQuery(KeyFilter Filter, long? Since)
{
    /// <summary>The header with which a client that lost its connection names the last event it has seen.</summary>
    public const string LastEventId = "Last-Event-ID";

    /// <summary>What a revision that is none is told.</summary>
    public const string Revisions = "must be a revision, a whole number from 0 to 9223372036854775807";

    /// <summary>Reads a watch's query and header.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(HttpRequest request, out WatchQuery query)
    {
        query = null!;
        if (QueryParameters.Read(request, out var parameters, "prefix", "suffix", "since") is { } problem)
        {
            return problem;
        }

        // Whatever cannot be read is refused, an empty one too: from the present on, the client would miss changes without knowing.
        var errors = parameters.Errors;
        var since = parameters.Text("since") is { } text ? Revision(text, "since", errors) : null;
        var ids = request.Headers[LastEventId];
        since = ids.Count == 0 ? since : Revision(ids.Count == 1 ? ids[0] : null, LastEventId, errors);
        query = new WatchQuery(ListQuery.ReadFilter(parameters), since);
        return errors.IsEmpty ? null : Problem.Invalid(errors);
    }

    private static long? Revision(string? text, string name, FieldErrors errors)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
        {
            return revision;
        }

        errors.Add(name, Revisions);
        return null;
    }
}
