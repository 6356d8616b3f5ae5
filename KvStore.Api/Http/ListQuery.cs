using System.Globalization;
using System.Text;
using KvStore.Api.Problems;
using KvStore.Core.Search;

namespace KvStore.Api.Http;

/// <summary>The query of a listing.</summary>
/// <param name="Filter">Which keys.</param>
/// <param name="Limit">How many at the most; null = all.</param>
/// <param name="After">The last key that the client has seen; null = from the start.</param>
/// <param name="WithValues">Whether values are wanted with the keys.</param>
internal sealed record ListQuery(KeyFilter Filter, int? Limit, byte[]? After, bool WithValues)
{
    /// <summary>The most keys that a client can ask for as one page.</summary>
    public const int MaxLimit = 10_000;

    /// <summary>Reads the query of a listing.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? Read(HttpRequest request, out ListQuery query)
    {
        query = null!;
        if (QueryParameters.Read(request, out var parameters, "prefix", "suffix", "limit", "after", "values") is { } problem)
        {
            return problem;
        }

        query = new ListQuery(
            ReadFilter(parameters),
            parameters.Integer("limit", 1, MaxLimit),
            parameters.Bytes("after"),
            parameters.Boolean("values"));
        return parameters.Errors.IsEmpty ? null : Problem.Invalid(parameters.Errors);
    }

    /// <summary>Reads the query of a count.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public static Problem? ReadFilter(HttpRequest request, out KeyFilter filter)
    {
        var problem = QueryParameters.Read(request, out var parameters, "prefix", "suffix");
        filter = ReadFilter(parameters);
        return problem;
    }

    /// <summary>The Link header (RFC 8288) to the page after <paramref name="last"/>.</summary>
    public string NextLink(ReadOnlySpan<byte> last)
    {
        var link = new StringBuilder("<?");
        Append(link, "prefix=", Filter.Prefix.Span);
        Append(link, "suffix=", Filter.Suffix.Span);
        link.Append(CultureInfo.InvariantCulture, $"limit={Limit}&");
        link.Append(WithValues ? "values=true&" : "");
        Append(link, "after=", last);
        link.Length--;
        return link.Append(">; rel=\"next\"").ToString();
    }

    private static void Append(StringBuilder link, string name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
        {
            link.Append(name).Append(Uri.EscapeDataString(Encoding.UTF8.GetString(value))).Append('&');
        }
    }

    /// <summary>The filter that the parameters give.</summary>
    public static KeyFilter ReadFilter(QueryParameters parameters) =>
        new(parameters.Bytes("prefix"), parameters.Bytes("suffix"));
}
