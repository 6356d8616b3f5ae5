using System.Net.Http.Headers;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>Writes the headers of a call (PROTOCOL-HTTP2.md, Requests).</summary>
internal static class RequestHeaders
{
    private static readonly MediaTypeHeaderValue ContentType = new(WireNames.ContentType);

    private static readonly string UserAgent =
        $"grpc-dotnet-kvstore/{typeof(RequestHeaders).Assembly.GetName().Version?.ToString(3)}";

    public static void Write(HttpRequestMessage request, Metadata? metadata, bool isGzip)
    {
        request.Content!.Headers.ContentType = ContentType;
        var headers = request.Headers;
        headers.TryAddWithoutValidation(WireNames.Te, WireNames.Trailers);
        headers.TryAddWithoutValidation("user-agent", UserAgent);
        headers.TryAddWithoutValidation(WireNames.AcceptEncoding, MessageEncoding.Accepted);
        if (isGzip)
        {
            headers.TryAddWithoutValidation(WireNames.Encoding, MessageEncoding.Gzip);
        }

        foreach (var entry in metadata ?? [])
        {
            headers.TryAddWithoutValidation(entry.Key, entry.WireValue);
        }
    }
}
