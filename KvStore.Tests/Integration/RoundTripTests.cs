using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>Writes and reads any key and value over HTTP, in every way that there is.</summary>
public sealed class RoundTripTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly RawConnection _connection;

    public RoundTripTests() => _connection = new RawConnection(_service.Address);

    public void Dispose()
    {
        _connection.Dispose();
        _service.Dispose();
    }

    [Fact]
    public void Any_bytes_put_under_any_key_are_read_back()
    {
        var keys = AnyText.Key.Where(key => !key.Contains('\0', StringComparison.Ordinal));
        Prop.ForAll(keys.ToArbitrary(), AnyText.Value.ToArbitrary(), (key, value) =>
        {
            foreach (var path in AnyText.Encodings(key))
            {
                Send("PUT", "/kv/" + path, "application/octet-stream", value).Status.Should().BeOneOf(200, 201);

                Send("GET", "/kv/" + path).Bytes.Should().Equal(value);
                Send("GET", "/get?key=" + Uri.EscapeDataString(key)).Bytes.Should().Equal(value);
            }

            Send("DELETE", "/kv/" + Uri.EscapeDataString(key)).Status.Should().Be(204);
            Send("GET", "/count").Body.Should().Be("""{"count":0}""", "all ways to write the path named one key");
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_text_set_under_any_key_is_read_back_listed_and_found()
    {
        var revision = 0;
        Prop.ForAll(AnyText.Key.ToArbitrary(), AnyText.KeyOrNone.ToArbitrary(), (key, value) =>
        {
            var set = Send("POST", "/set", "application/json", JsonSerializer.SerializeToUtf8Bytes(new { key, value }));

            var answer = JsonDocument.Parse(set.Bytes).RootElement;
            answer.GetProperty("key").GetString().Should().Be(key);
            answer.GetProperty("revision").GetInt64().Should().Be(++revision);
            var escaped = Uri.EscapeDataString(key);
            Send("GET", "/get?key=" + escaped).Body.Should().Be(value);
            JsonDocument.Parse(Send("GET", $"/search?prefix={escaped}&suffix={escaped}&limit=1&values=true").Bytes)
                .RootElement.GetProperty(key).GetString().Should().Be(value);
        }).QuickCheckThrowOnFailure();
    }

    private RawAnswer Send(string method, string target, string? contentType = null, byte[]? body = null)
    {
        var type = contentType is null ? "" : $"Content-Type: {contentType}\r\n";
        var head = $"{method} {target} HTTP/1.1\r\nHost: a\r\n{type}Content-Length: {body?.Length ?? 0}\r\n\r\n";
        _connection.Send([.. Encoding.ASCII.GetBytes(head), .. body ?? []]);
        return _connection.Read();
    }
}
