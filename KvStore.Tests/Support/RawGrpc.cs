using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Support;

/// <summary>Sends what no client of the protocol would: any bytes, any headers.</summary>
internal sealed class RawGrpc(Uri address) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = address };

    /// <summary>A message on the wire.</summary>
    public static byte[] Frame(params byte[] message)
    {
        var frame = new byte[MessageFrame.HeaderBytes + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, MessageFrame.HeaderBytes);
        return frame;
    }

    /// <summary>Sends a request; headers are given as <c>name: value</c>, and replace those of the protocol.</summary>
    public async Task<(int Http, StatusCode? Status, string? Code)> SendAsync(string path, byte[] body, params string[] headers)
    {
        using var request = Request(path, body, headers);
        using var response = await _client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        var status = Get(response, "grpc-status");
        return ((int)response.StatusCode,
            status is null ? null : (StatusCode)int.Parse(status, CultureInfo.InvariantCulture),
            Get(response, "kvstore-error-code"));
    }

    /// <summary>Sends a request, and gives the bytes of the answer as they come; disposing of them ends it.</summary>
    public async Task<Stream> OpenAsync(string path, byte[] body)
    {
        using var request = Request(path, body);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return await response.Content.ReadAsStreamAsync();
    }

    public void Dispose() => _client.Dispose();

    private static HttpRequestMessage Request(string path, byte[] body, params string[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        foreach (var header in (string[])["te: trailers", "content-type: application/grpc", .. headers])
        {
            var (name, value) = (header.Split(": ")[0], header.Split(": ")[1]);
            HttpHeaders given = name == "content-type" ? request.Content.Headers : request.Headers;
            given.Remove(name);
            if (value.Length > 0)
            {
                given.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private static string? Get(HttpResponseMessage response, string name) =>
        response.TrailingHeaders.TryGetValues(name, out var values) || response.Headers.TryGetValues(name, out values)
            ? values.Single()
            : null;
}
