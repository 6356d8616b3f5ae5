using KvStore.Api.Problems;
using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Http;

/// <summary>How the body of a call is written.</summary>
internal enum BodyKind
{
    /// <summary>In no way that calls take.</summary>
    Unknown,

    /// <summary>As JSON, in UTF-8.</summary>
    Json,

    /// <summary>As a form, in UTF-8.</summary>
    Form,
}

/// <summary>What requests share that say in their body what to do: <c>POST /set</c> and <c>POST /batch</c>.</summary>
internal static class CallRequest
{
    /// <summary>Refuses what would be lost silently: options that another endpoint takes outside the body.</summary>
    public static Problem? CheckHead(HttpRequest request) =>
        request.Headers.IfMatch.Count != 0 || request.Headers.IfNoneMatch.Count != 0
            ? Problem.MalformedRequest("Give a condition as the member ifRevision or ifAbsent, not as a header.")
            : QueryParameters.Read(request, out _);

    /// <summary>How a body is written, by its content type.</summary>
    public static BodyKind KindOf(string? contentType)
    {
        if (string.Equals(contentType, JsonResponse.ContentType, StringComparison.OrdinalIgnoreCase))
        {
            return BodyKind.Json;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)
            || (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return BodyKind.Unknown;
        }

        return type.MediaType.Equals(JsonResponse.ContentType, StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase) ? BodyKind.Json
            : type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) ? BodyKind.Form
            : BodyKind.Unknown;
    }
}
