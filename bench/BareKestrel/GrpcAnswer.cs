using System.Buffers;
using Microsoft.Extensions.Primitives;

namespace BareKestrel;

/// <summary>Answers a gRPC call with the bytes and trailers KvStore would answer with, and does nothing else.</summary>
internal static class GrpcAnswer
{
    // A frame of 65 bytes: value, found, content_type and revision of kvstore.GetResponse.
    private static ReadOnlySpan<byte> Message =>
        "\0\0\0\0\u0041\u000A\u00200123456789abcdef0123456789abcdef\u0010\u0001\u005A\u0019text/plain; charset=utf-8\u0060\u0001"u8;

    private static readonly StringValues Ok = "0";

    /// <summary>Reads the request to its end, whatever it is, and sends one value.</summary>
    public static async Task GetAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var body = await reader.ReadAsync();
        while (!body.IsCompleted)
        {
            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
            body = await reader.ReadAsync();
        }

        reader.AdvanceTo(body.Buffer.End);
        context.Response.ContentType = "application/grpc";
        context.Response.BodyWriter.Write(Message);
        context.Response.AppendTrailer("grpc-status", Ok);
    }
}
