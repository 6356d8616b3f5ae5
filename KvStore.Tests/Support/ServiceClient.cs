using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Support;

/// <summary>A client of the service whose calls read as requests do: method, target, headers, body.</summary>
internal sealed class ServiceClient(Uri address) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = address };

    /// <summary>Sends a request; headers are given as <c>Name: value</c>.</summary>
    public Task<Answer> SendAsync(string method, string target, string? body = null, params string[] headers) =>
        SendBytesAsync(method, target, body is null ? null : Encoding.UTF8.GetBytes(body), headers);

    /// <summary>Sends a request; headers are given as <c>Name: value</c>.</summary>
    public async Task<Answer> SendBytesAsync(string method, string target, byte[]? body, params string[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(target, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
        }

        foreach (var header in headers)
        {
            var (name, value) = (header[..header.IndexOf(':', StringComparison.Ordinal)], header[(header.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content!.Headers.TryAddWithoutValidation(name, value);
            }
        }

        using var response = await _client.SendAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);
    }

    public Task<Answer> GetAsync(string target, params string[] headers) => SendAsync("GET", target, body: null, headers);

    public Task<Answer> PutAsync(string target, string body, params string[] headers) => SendAsync("PUT", target, body, headers);

    public Task<Answer> SetAsync(string json) => SendAsync("POST", "/set", json, "Content-Type: application/json");

    public void Dispose() => _client.Dispose();

    /// <summary>The path that names a key, with every byte escaped that may be.</summary>
    public static string PathOf(string key) => "/kv/" + Uri.EscapeDataString(key);
}

/// <summary>A whole answer.</summary>
internal sealed record Answer(int Status, byte[] Bytes, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public string Text => Encoding.UTF8.GetString(Bytes);

    public JsonElement Json => JsonDocument.Parse(Bytes).RootElement;

    public string? Code => Json.GetProperty("code").GetString();

    public string? ContentType => Header("Content-Type");

    public string? ETag => Header("ETag");

    /// <summary>A header's value as it was sent; null where there is none.</summary>
    public string? Header(string name) =>
        Headers.NonValidated.TryGetValues(name, out var values) || ContentHeaders.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
            : null;
}
