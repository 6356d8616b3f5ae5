using System.Text.Json.Nodes;
using KvStore.Api.Http;
using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>The headers of answers, by the names they have on the wire.</summary>
internal static class ResponseHeaders
{
    /// <summary>A value's revision.</summary>
    public const string ETag = "ETag";

    /// <summary>Where a listing goes on.</summary>
    public const string Link = "Link";

    /// <summary>The methods that a path takes.</summary>
    public const string Allow = "Allow";

    /// <summary>When to try again.</summary>
    public const string RetryAfter = "Retry-After";

    /// <summary>What the answer depends on.</summary>
    public const string Vary = "Vary";

    /// <summary>How the answer is compressed.</summary>
    public const string ContentEncoding = "Content-Encoding";

    /// <summary>What to save the answer as.</summary>
    public const string ContentDisposition = "Content-Disposition";

    /// <summary>The headers of a value.</summary>
    public static readonly string[] OfValue =
        [ETag, ValueHeaders.ExpiresAt, Vary, "Content-Security-Policy"];

    /// <summary>The headers of an answer that must not be stored.</summary>
    public static readonly string[] OfNode = ["Cache-Control"];

    /// <summary>The headers of a stream of events.</summary>
    public static readonly string[] OfWatch = ["Cache-Control", "X-Accel-Buffering"];

    /// <summary>Every header.</summary>
    public static Dictionary<string, IOpenApiHeader> All => new(StringComparer.Ordinal)
    {
        [ETag] = Header("The key's revision in quotes; `\"7-json\"` where the value is sent as a JSON string", "\"7\""),
        [ValueHeaders.ExpiresAt] = Header("When the key expires (RFC 3339); only where it does", "2026-01-31T12:00:00.000Z"),
        [Vary] = Header("What the form of the answer depends on: Accept; of an export Accept-Encoding", "Accept"),
        [ContentEncoding] = Header("Where the answer is compressed", ContentCoding.Gzip),
        [ExportResponse.Revision] = Header("The revision after which changes are to be watched, for all to be known", "7"),
        ["Content-Security-Policy"] = Header(
            "Where a browser could run the value; not for text/plain, application/json and application/octet-stream",
            "sandbox; default-src 'none'"),
        [Link] = Header("The next page (RFC 8288), relative; only where `limit` is given and more keys remain", "<?prefix=greet&limit=1&after=greeting>; rel=\"next\""),
        [Allow] = Header("The methods that the path takes; with 405", "GET, HEAD"),
        [RetryAfter] = Header("Seconds to wait before trying again; with 429 and 503", "1"),
        [ContentDisposition] = Header("A name to save the answer under", "attachment; filename=\"kvstore-7.tar\""),
        ["X-Accel-Buffering"] = Header("Has nginx send every event at once", "no"),
        ["Cache-Control"] = Header("The answer is true only now", "no-store"),
    };

    /// <summary>References to some of the headers.</summary>
    public static Dictionary<string, IOpenApiHeader> References(OpenApiDocument document, params string[] names) =>
        names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, document), StringComparer.Ordinal);

    private static OpenApiHeader Header(string description, string example) => new()
    {
        Description = description,
        Schema = Schemas.Text(),
        Example = JsonValue.Create(example),
    };
}
