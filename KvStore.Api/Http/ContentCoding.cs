namespace KvStore.Api.Http;

/// <summary>Which codings a client takes and sends (RFC 9110, sections 8.4.1 and 12.5.3). Only long streams are compressed.</summary>
internal static class ContentCoding
{
    /// <summary>The one coding that the service knows.</summary>
    public const string Gzip = "gzip";

    private const string OldGzip = "x-gzip";
    private const string Identity = "identity";
    private const string Any = "*";

    /// <summary>Whether a coding's name is that of gzip.</summary>
    public static bool IsGzip(string? coding) =>
        string.Equals(coding, Gzip, StringComparison.OrdinalIgnoreCase) || string.Equals(coding, OldGzip, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a client asks for gzip, and does not like its answers better as they are.</summary>
    public static bool AsksForGzip(HttpRequest request)
    {
        double? gzip = null, identity = null, any = null;
        foreach (var coding in request.GetTypedHeaders().AcceptEncoding)
        {
            var quality = coding.Quality ?? 1;
            if (IsGzip(coding.Value.Value))
            {
                gzip = Math.Max(gzip ?? 0, quality);
            }
            else if (coding.Value.Equals(Identity, StringComparison.OrdinalIgnoreCase))
            {
                identity = quality;
            }
            else if (coding.Value.Equals(Any, StringComparison.Ordinal))
            {
                any = quality;
            }
        }

        gzip ??= any ?? 0;
        return gzip > 0 && gzip >= (identity ?? 0);
    }
}
