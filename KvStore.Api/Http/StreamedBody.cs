using System.Buffers;
using System.Text.Json;

namespace KvStore.Api.Http;

/// <summary>
/// Sends long bodies piece by piece, each when the client has taken the one before: the server's least data rate then cuts off
/// a client that reads nothing, after seconds and not hours.
/// </summary>
internal static class StreamedBody
{
    /// <summary>Bytes of a piece; what is no longer than this is sent at once.</summary>
    public const int PieceBytes = 64 * 1_024;

    /// <summary>Sends bytes as they are. Once an answer has begun to be sent, the server leaves the flush of the rest to us.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes)];
            bytes = bytes[piece.Length..];
            context.Response.BodyWriter.Write(piece.Span);
            if ((await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Writes one JSON string.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="bytes">UTF-8, or any bytes for base64.</param>
    /// <param name="isBase64">Whether to write base64.</param>
    /// <param name="flushAsync">Sends what has been written; false where the client wants no more.</param>
    /// <returns>False where the client wants no more.</returns>
    public static async ValueTask<bool> WriteStringAsync(
        Utf8JsonWriter writer, ReadOnlyMemory<byte> bytes, bool isBase64, Func<ValueTask<bool>> flushAsync)
    {
        while (true)
        {
            // Any byte of text may become six.
            var piece = bytes[..Math.Min(bytes.Length, PieceBytes / 6)];
            bytes = bytes[piece.Length..];
            if (isBase64)
            {
                writer.WriteBase64StringSegment(piece.Span, bytes.IsEmpty);
            }
            else
            {
                writer.WriteStringValueSegment(piece.Span, bytes.IsEmpty);
            }

            if (bytes.IsEmpty)
            {
                return true;
            }

            if (!await flushAsync())
            {
                return false;
            }
        }
    }
}
