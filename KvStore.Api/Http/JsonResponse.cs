using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KvStore.Api.Http;

/// <summary>Writes JSON straight into the response's pipe.</summary>
internal static class JsonResponse
{
    /// <summary>The media type of JSON answers.</summary>
    public const string ContentType = "application/json";

    // Answers are never put into HTML (nosniff, application/json), so text outside ASCII is sent as it is.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static Utf8JsonWriter? _cached;

    /// <summary>A writer with the service's escaping, for an answer that is streamed. The caller disposes it.</summary>
    public static Utf8JsonWriter CreateWriter(IBufferWriter<byte> destination) => new(destination, Options);

    /// <summary>Text with the service's escaping done.</summary>
    public static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text, Options.Encoder);

    /// <summary>Writes one JSON string as the whole body, with its type; and, unless it is long, its Content-Length.</summary>
    public static Task WriteStringAsync(HttpContext context, ReadOnlyMemory<byte> utf8)
    {
        var response = context.Response;
        response.ContentType = ContentType;
        if (utf8.Length > StreamedBody.PieceBytes)
        {
            return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : StreamStringAsync(context, utf8);
        }

        var writer = Begin(response);
        writer.WriteStringValue(utf8.Span);
        End(response, writer);
        return Task.CompletedTask;
    }

    /// <summary>Writes one JSON object as the whole body, with its Content-Length; status and type are the caller's.</summary>
    public static void Write<TState>(HttpResponse response, TState state, Action<Utf8JsonWriter, TState> members)
    {
        var writer = Begin(response);
        writer.WriteStartObject();
        members(writer, state);
        writer.WriteEndObject();
        End(response, writer);
    }

    private static async Task StreamStringAsync(HttpContext context, ReadOnlyMemory<byte> utf8)
    {
        await using var writer = CreateWriter(context.Response.BodyWriter);
        await StreamedBody.WriteStringAsync(writer, utf8, isBase64: false, FlushAsync);
        await FlushAsync();

        async ValueTask<bool> FlushAsync()
        {
            writer.Flush();
            return !(await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted;
        }
    }

    private static Utf8JsonWriter Begin(HttpResponse response)
    {
        var writer = _cached ??= new Utf8JsonWriter(response.BodyWriter, Options);
        writer.Reset(response.BodyWriter);
        return writer;
    }

    private static void End(HttpResponse response, Utf8JsonWriter writer)
    {
        writer.Flush();
        response.ContentLength = writer.BytesCommitted;
        response.Headers.XContentTypeOptions = "nosniff";
    }
}
