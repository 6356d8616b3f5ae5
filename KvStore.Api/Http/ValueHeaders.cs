using KvStore.Core.Store;
using ContentTypes = KvStore.Core.Records.ContentTypes;

namespace KvStore.Api.Http;

/// <summary>The headers that go with a value.</summary>
internal static class ValueHeaders
{
    /// <summary>When the key expires, in RFC 3339; sent only where it does.</summary>
    public const string ExpiresAt = "KvStore-Expires-At";

    private const string Sandbox = "sandbox; default-src 'none'";

    /// <summary>Sets the headers of a value that is sent as it is.</summary>
    public static void Set(HttpResponse response, in ReadResult value)
    {
        SetCommon(response, value, EntityTags.Of(value.Revision));
        response.ContentType = value.ContentType;
        response.ContentLength = value.ValueLength;
        if (!IsHarmless(value.ContentType))
        {
            response.Headers.ContentSecurityPolicy = Sandbox;
        }
    }

    /// <summary>Sets the headers that a value, its JSON form and a 304 share.</summary>
    public static void SetCommon(HttpResponse response, in ReadResult value, string tag)
    {
        var headers = response.Headers;
        headers.ETag = tag;
        headers.Vary = "Accept";
        headers.XContentTypeOptions = "nosniff";
        if (value.ExpiresAt != 0)
        {
            headers[ExpiresAt] = WireTime.Format(value.ExpiresAt);
        }
    }

    /// <summary>Whether a browser only shows values of this type, whatever they hold; others could run script on our origin.</summary>
    private static bool IsHarmless(string contentType)
    {
        if (ReferenceEquals(contentType, ContentTypes.Default))
        {
            return true;
        }

        var parameters = contentType.IndexOf(';');
        var type = contentType.AsSpan(0, parameters < 0 ? contentType.Length : parameters).TrimEnd();
        return type.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
            || type.Equals(ContentTypes.Json, StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase);
    }
}
