using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KvStore.Api.Http;
using KvStore.Core.Store;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace KvStore.Tests.Support;

/// <summary>Export and import of a store in this process, without a server between.</summary>
internal static class Transfer
{
    /// <summary>Exports a store; the body is written to <paramref name="body"/> where it is given.</summary>
    public static async Task<(long Revision, byte[] Body)> ExportAsync(IKeyValueStore store, MemoryStream? body = null)
    {
        body ??= new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Response.Body = body;
        await new ExportResponse(context, store).SendAsync();
        return (long.Parse(context.Response.Headers["KvStore-Revision"]!, System.Globalization.CultureInfo.InvariantCulture), body.ToArray());
    }

    /// <summary>Imports lines; the body comes in as <paramref name="body"/> gives it.</summary>
    public static async Task<(int Status, JsonElement Answer)> ImportAsync(
        IKeyValueStore store, Stream body, bool isGzip = false, long maxLineBytes = 1_000_000)
    {
        var answer = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Request.Body = body;
        context.Response.Body = answer;
        await new ImportRequest(context, store, maxLineBytes, NullLogger.Instance).RunAsync(isGzip);
        await context.Response.BodyWriter.FlushAsync();
        return (context.Response.StatusCode, JsonDocument.Parse(answer.ToArray()).RootElement);
    }

    public static Task<(int Status, JsonElement Answer)> ImportAsync(IKeyValueStore store, string lines) =>
        ImportAsync(store, new MemoryStream(Encoding.UTF8.GetBytes(lines)));

    /// <summary>What lines of an export say, in their order.</summary>
    public static List<ExportedLine> Parse(byte[] body) =>
        [.. Encoding.UTF8.GetString(body).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ExportedLine.Parse)];

    public static byte[] Gzip(byte[] bytes)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    public static byte[] Gunzip(byte[] bytes)
    {
        var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}

/// <summary>A line of an export; its value in hexadecimal digits, which compare as bytes do.</summary>
internal sealed record ExportedLine(string Key, string Value, string ContentType, string? ExpiresAt, long Revision)
{
    public static ExportedLine Parse(string line)
    {
        var json = JsonDocument.Parse(line).RootElement;
        var isText = json.TryGetProperty("value", out var text);
        var hasExpiry = json.TryGetProperty("expiresAt", out var expiresAt);
        json.EnumerateObject().Count().Should().Be(hasExpiry ? 5 : 4, line);
        return new ExportedLine(
            json.GetProperty("key").GetString()!,
            Convert.ToHexString(isText ? Encoding.UTF8.GetBytes(text.GetString()!) : json.GetProperty("base64").GetBytesFromBase64()),
            json.GetProperty("contentType").GetString()!,
            hasExpiry ? expiresAt.GetString() : null,
            json.GetProperty("revision").GetInt64());
    }
}
