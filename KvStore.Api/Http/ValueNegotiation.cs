using KvStore.Core.Records;
using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Http;

/// <summary>Chooses between a value as it is and a value as a JSON string (RFC 9110 section 12.5.1).</summary>
internal static class ValueNegotiation
{
    // JSON is always UTF-8 (RFC 8259 section 8.1), so a client may name it or not.
    private static readonly MediaTypeHeaderValue Json = MediaTypeHeaderValue.Parse(ContentTypes.Json + "; charset=utf-8");

    /// <summary>Whether the answer may depend on Accept; false on the common path, where the client takes anything.</summary>
    public static bool IsNeeded(HttpRequest request)
    {
        var accept = request.Headers.Accept;
        return accept.Count != 0 && (accept.Count > 1 || !string.Equals(accept[0], "*/*", StringComparison.Ordinal));
    }

    /// <summary>How good each form of a value is to the client, from 0 (refused) to 1; the value as it is wins a tie.</summary>
    public static (double AsIs, double AsJson) Weigh(HttpRequest request, string contentType)
    {
        var accept = request.GetTypedHeaders().Accept;
        if (accept.Count == 0 || !MediaTypeHeaderValue.TryParse(contentType, out var stored))
        {
            return (1, 0);
        }

        return IsJson(stored) ? (1, 0) : (Quality(accept, stored), Quality(accept, Json));
    }

    private static bool IsJson(MediaTypeHeaderValue type) =>
        type.MediaType.Equals(ContentTypes.Json, StringComparison.OrdinalIgnoreCase);

    /// <summary>The quality that the most specific range gives a type.</summary>
    private static double Quality(IList<MediaTypeHeaderValue> accept, MediaTypeHeaderValue type)
    {
        MediaTypeHeaderValue? best = null;
        foreach (var range in accept)
        {
            if (type.IsSubsetOf(range) && (best is null || Specificity(range) > Specificity(best)))
            {
                best = range;
            }
        }

        return best is null ? 0 : best.Quality ?? 1;
    }

    private static int Specificity(MediaTypeHeaderValue range) =>
        range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2 + range.Parameters.Count;
}
