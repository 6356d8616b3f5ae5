using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace KvStore.Grpc.Protocol;

/// <summary>The names and values that the protocol gives to headers (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).</summary>
internal static class WireNames
{
    public const string ContentType = "application/grpc";
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Timeout = "grpc-timeout";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string Te = "te";
    public const string Trailers = "trailers";

    /// <summary>Whether a content type is that of the protocol, with messages in Protocol Buffers.</summary>
    public static bool IsGrpc(string? contentType)
    {
        const string WithFormat = ContentType + "+proto";
        if (string.Equals(contentType, ContentType, StringComparison.Ordinal))
        {
            // What nearly all clients send.
            return true;
        }

        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).Trim();
        return type.Equals(ContentType, StringComparison.OrdinalIgnoreCase) || type.Equals(WithFormat, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Adds a header or trailer. That of the framework leaves out what has an empty value, which is metadata like any other.</summary>
    public static void Add(IHeaderDictionary fields, string name, string value) => fields[name] = StringValues.Concat(fields[name], value);
}
