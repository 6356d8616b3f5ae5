using System.Buffers;
using System.IO.Pipelines;
using KvStore.Api.Problems;
using KvStore.Core.Errors;

namespace KvStore.Api.Http;

/// <summary>A whole request body, still in the server's own buffers. Disposing gives them back.</summary>
/// <remarks>Not thread safe; the bytes are valid until disposal.</remarks>
internal readonly struct RequestBody : IDisposable
{
    private readonly PipeReader? _reader;

    private RequestBody(PipeReader reader, ReadOnlySequence<byte> bytes)
    {
        _reader = reader;
        Bytes = bytes;
    }

    private RequestBody(Problem problem) => Problem = problem;

    /// <summary>The body.</summary>
    public ReadOnlySequence<byte> Bytes { get; }

    /// <summary>Why there is no body to use; null where there is.</summary>
    public Problem? Problem { get; }

    /// <summary>Reads the body to its end.</summary>
    /// <param name="context">The request.</param>
    /// <param name="limit">The most bytes that the body may have.</param>
    /// <param name="tooLarge">What to answer where it has more.</param>
    /// <exception cref="BadHttpRequestException">The body's framing is broken, it ended early or came too slowly.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context, long limit, Func<long, Problem> tooLarge)
    {
        if (RefuseCoding(context.Request.Headers) is { } coded)
        {
            return new RequestBody(coded);
        }

        if (context.Request.ContentLength > limit)
        {
            // The server does not read so long a body to its end, so the client must not send its next request behind it.
            context.Response.Headers.Connection = "close";
            return new RequestBody(tooLarge(limit));
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await ReadPieceAsync(reader);
            if (result.Buffer.Length > limit)
            {
                reader.AdvanceTo(result.Buffer.End);
                return new RequestBody(tooLarge(limit));
            }

            if (result.IsCompleted)
            {
                return new RequestBody(reader, result.Buffer);
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    /// <summary>Reads what there is of a body.</summary>
    /// <exception cref="BadHttpRequestException">The body's framing is broken, it ended early or came too slowly.</exception>
    public static async ValueTask<ReadResult> ReadPieceAsync(PipeReader reader)
    {
        try
        {
            return await reader.ReadAsync();
        }
        catch (InvalidOperationException exception)
        {
            // What the server throws for a trailer that is not UTF-8.
            throw new BadHttpRequestException("The body's trailers cannot be read.", exception);
        }
    }

    /// <summary>Refuses a framing of which the server itself would undo only the last of several codings.</summary>
    public static Problem? RefuseTransferCoding(IHeaderDictionary headers)
    {
        var coding = headers.TransferEncoding;
        return coding.Count == 0 || string.Equals(coding, "chunked", StringComparison.OrdinalIgnoreCase)
            ? null
            : Problem.MalformedRequest("Transfer-Encoding must be chunked, once, and nothing else.");
    }

    /// <inheritdoc />
    public void Dispose() => _reader?.AdvanceTo(Bytes.End);

    /// <summary>Refuses a body that is compressed: nothing here undoes that, and readers would not be told of it.</summary>
    private static Problem? RefuseCoding(IHeaderDictionary headers) => headers.ContentEncoding.Count != 0
        ? new Problem(ErrorCode.UnsupportedMediaType, "Send the body as it is: no Content-Encoding is taken.")
        : RefuseTransferCoding(headers);
}
