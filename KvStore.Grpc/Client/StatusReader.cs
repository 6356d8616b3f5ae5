using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>Reads how a call ended, from whatever says it.</summary>
internal static class StatusReader
{
    // RFC 9113 section 7.
    private const long Http11Required = 13;

    /// <summary>The status that headers or trailers have; null where they have none.</summary>
    public static Status? FromHeaders(HttpHeaders headers)
    {
        if (First(headers, WireNames.Status) is not { } text)
        {
            return null;
        }

        var detail = MessageText.Decode(First(headers, WireNames.Message) ?? "");
        var isKnown = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) && Enum.IsDefined((StatusCode)code);
        return new Status(isKnown ? (StatusCode)code : StatusCode.Unknown, detail);
    }

    /// <summary>What an HTTP status means where it comes without one of gRPC's
    /// (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).</summary>
    public static Status FromHttpStatus(int status)
    {
        var code = status switch
        {
            400 => StatusCode.Internal,
            401 => StatusCode.Unauthenticated,
            403 => StatusCode.PermissionDenied,
            404 => StatusCode.Unimplemented,
            429 or 502 or 503 or 504 => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        };
        return new Status(code, string.Create(CultureInfo.InvariantCulture, $"The server answered with HTTP status {status}, and not by gRPC."));
    }

    /// <summary>What a fault of the connection means.</summary>
    public static Status FromException(Exception exception)
    {
        var last = exception;
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            last = cause;
            switch (cause)
            {
                // .NET says of a ping without an answer what it says of a server that breaks the protocol, but for the text.
                case HttpProtocolException { Message: var message } when message.Contains("ping", StringComparison.Ordinal):
                    return new Status(StatusCode.Unavailable, "It does not answer any more.");
                case HttpProtocolException { ErrorCode: Http11Required }:
                    return new Status(StatusCode.Unavailable, "It speaks HTTP/1.1 at this port, and no gRPC.");
                case HttpProtocolException protocol:
                    return FromReset(protocol.ErrorCode, protocol.Message);
                case SocketException socket:
                    return new Status(StatusCode.Unavailable, socket.Message);
                case TimeoutException timeout:
                    return new Status(StatusCode.Unavailable, timeout.Message);
                default:
                    break;
            }
        }

        // The outer ones say no more than that there was an error.
        return new Status(StatusCode.Unavailable, last.Message);
    }

    /// <summary>What the code of a RST_STREAM means (PROTOCOL-HTTP2.md, Errors).</summary>
    private static Status FromReset(long code, string detail) => new(
        code switch
        {
            // A connection that was closed in order comes with code 0 too: the call can be made again on another.
            0 or 7 => StatusCode.Unavailable,
            5 => StatusCode.Unknown,
            8 => StatusCode.Cancelled,
            11 => StatusCode.ResourceExhausted,
            12 => StatusCode.PermissionDenied,
            _ => StatusCode.Internal,
        },
        detail);

    /// <summary>The first value of a header; null where there is none.</summary>
    public static string? First(HttpHeaders headers, string name)
    {
        if (headers.NonValidated.TryGetValues(name, out var values))
        {
            foreach (var value in values)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>What was sent beside the messages.</summary>
    public static Metadata MetadataOf(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            foreach (var value in values)
            {
                metadata.AddFromWire(name.ToLowerInvariant(), value);
            }
        }

        return metadata;
    }
}
