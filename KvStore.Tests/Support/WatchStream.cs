using System.Globalization;
using System.Text.Json;

namespace KvStore.Tests.Support;

/// <summary>A watch, read as the specification of server-sent events says.</summary>
internal sealed class WatchStream : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly HttpClient _client;
    private readonly StreamReader _lines;

    private WatchStream(HttpClient client, HttpResponseMessage response, Stream body)
    {
        (_client, Response) = (client, response);
        _lines = new StreamReader(body);
    }

    /// <summary>The answer's status and headers.</summary>
    public HttpResponseMessage Response { get; }

    /// <summary>The last id that has come, with an event or without; 0 before the first.</summary>
    public long LastId { get; private set; }

    /// <summary>Begins a watch, and reads its <c>ready</c>.</summary>
    public static async Task<WatchStream> OpenAsync(Uri service, string query = "", long? lastEventId = null)
    {
        var watch = await AskAsync(service, query, lastEventId);
        ((int)watch.Response.StatusCode).Should().Be(200);
        (await watch.NextAsync())!.Type.Should().Be("ready");
        return watch;
    }

    /// <summary>Asks for a watch, whatever the answer is: its body is still to be read.</summary>
    public static async Task<WatchStream> AskAsync(Uri service, string query = "", long? lastEventId = null)
    {
        var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service, "/watch" + query));
        if (lastEventId is { } id)
        {
            request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new WatchStream(client, response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Reads the next event; null where the stream has ended.</summary>
    public async Task<WatchEvent?> NextAsync()
    {
        string type = "", data = "";
        while (await LineAsync() is { } line)
        {
            if (line.Length == 0 && data.Length > 0)
            {
                return new WatchEvent(type, LastId, JsonDocument.Parse(data).RootElement);
            }

            var (field, value) = line.Split(": ", 2) is [var name, var rest] ? (name, rest) : (line, "");
            switch (field)
            {
                case "id":
                    LastId = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "event":
                    type = value;
                    break;
                case "data":
                    data += value;
                    break;
                case ":":
                    break;
                default:
                    line.Should().BeEmpty("no other line is an event's");
                    break;
            }
        }

        return null;
    }

    /// <summary>Reads events, each as its type and key, such as <c>set greeting</c>.</summary>
    public async Task<List<string>> NextAsync(int count)
    {
        var events = new List<string>();
        while (events.Count < count && await NextAsync() is { } change)
        {
            events.Add($"{change.Type} {change.Key}");
        }

        return events;
    }

    /// <summary>Reads the next comment, with what belongs to it; no event may come before it.</summary>
    public async Task ReadCommentAsync()
    {
        (await LineAsync()).Should().Be(":");
        LastId = long.Parse((await LineAsync())!["id: ".Length..], CultureInfo.InvariantCulture);
        (await LineAsync()).Should().BeEmpty();
    }

    /// <summary>Reads to the end.</summary>
    public async Task<List<WatchEvent>> ReadToEndAsync()
    {
        var events = new List<WatchEvent>();
        while (await NextAsync() is { } next)
        {
            events.Add(next);
        }

        return events;
    }

    /// <summary>Reads one line, whatever it is; null where the stream has ended.</summary>
    public async Task<string?> LineAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _lines.ReadLineAsync(patience.Token);
    }

    public void Dispose()
    {
        _lines.Dispose();
        Response.Dispose();
        _client.Dispose();
    }
}

/// <summary>An event of a watch.</summary>
internal sealed record WatchEvent(string Type, long Id, JsonElement Data)
{
    /// <summary>The key that it is about.</summary>
    public string? Key => Data.TryGetProperty("key", out var key) ? key.GetString() : null;

    /// <summary>The value.</summary>
    public string? Value => Data.TryGetProperty("value", out var value) ? value.GetString() : null;
}
