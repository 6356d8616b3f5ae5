using System.Buffers;
using System.Text.Json;

namespace BareKestrel;

/// <summary>Answers with the bytes KvStore would answer with, and does nothing else.</summary>
internal static class Answers
{
    private static ReadOnlySpan<byte> Value => "0123456789abcdef0123456789abcdef"u8;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    private static long _revision;

    /// <summary>Sends one value, whatever the key, with the headers KvStore gives it.</summary>
    public static Task GetAsync(HttpContext context)
    {
        var response = context.Response;
        var headers = response.Headers;
        headers.ETag = "\"1\"";
        headers.Vary = "Accept";
        headers.XContentTypeOptions = "nosniff";
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = Value.Length;
        response.BodyWriter.Write(Value);
        return Task.CompletedTask;
    }

    /// <summary>Reads a set's key and value, counts it, and answers as KvStore answers an overwrite.</summary>
    public static async Task SetAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var body = await reader.ReadAsync();
        while (!body.IsCompleted)
        {
            reader.AdvanceTo(body.Buffer.Start, body.Buffer.End);
            body = await reader.ReadAsync();
        }

        Answer(context.Response, body.Buffer);
        reader.AdvanceTo(body.Buffer.End);
    }

    private static void Answer(HttpResponse response, in ReadOnlySequence<byte> body)
    {
        Span<byte> key = stackalloc byte[1_024];
        Span<byte> value = stackalloc byte[1_024];
        var (keyLength, valueLength) = ReadSet(body, key, value);
        if (keyLength == 0 || valueLength == 0)
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var writer = _writer ??= new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { SkipValidation = true });
        writer.Reset(response.BodyWriter);
        writer.WriteStartObject();
        writer.WriteString("key"u8, key[..keyLength]);
        writer.WriteNumber("revision"u8, Interlocked.Increment(ref _revision));
        writer.WriteBoolean("created"u8, value: false);
        writer.WriteEndObject();
        writer.Flush();
        response.ContentType = "application/json";
        response.ContentLength = writer.BytesCommitted;
        response.Headers.XContentTypeOptions = "nosniff";
    }

    private static (int KeyLength, int ValueLength) ReadSet(in ReadOnlySequence<byte> body, Span<byte> key, Span<byte> value)
    {
        var json = new Utf8JsonReader(body);
        int keyLength = 0, valueLength = 0;
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName)
            {
                continue;
            }

            var isKey = json.ValueTextEquals("key"u8);
            var isValue = json.ValueTextEquals("value"u8);
            json.Read();
            if (isKey)
            {
                keyLength = json.CopyString(key);
            }
            else if (isValue)
            {
                valueLength = json.CopyString(value);
            }
        }

        return (keyLength, valueLength);
    }
}
