using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class TransferContractTests : IDisposable
{
    private const string Lines = "Content-Type: application/x-ndjson";

    private readonly ServiceFactory _service = new();
    private readonly ServiceClient _client;

    public TransferContractTests() => _client = new ServiceClient(_service.Address);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task An_export_is_a_line_for_each_key_in_the_order_of_their_bytes()
    {
        await _client.PutAsync("/kv/b", "{\"x\":\"\u00e9\"}", "Content-Type: application/json");
        await _client.SetAsync("""{"key":"a/\u0000","value":"line\nbreak"}""");
        await ImportAsync("""{"key":"\ud83d\ude00","base64":"/w==","contentType":"image/png","expiresAt":"2099-01-01T00:00:00+01:00"}""");

        var answer = await _client.GetAsync("/export");

        answer.Status.Should().Be(200);
        answer.ContentType.Should().Be("application/x-ndjson");
        answer.Header("KvStore-Revision").Should().Be("3");
        answer.Header("Vary").Should().Be("Accept-Encoding");
        answer.Header("Content-Encoding").Should().BeNull();
        answer.Header("X-Content-Type-Options").Should().Be("nosniff");
        answer.Text.Should().Be(
            """
            {"key":"a/\u0000","value":"line\nbreak","contentType":"text/plain; charset=utf-8","revision":2}
            {"key":"b","value":"{\"x\":\"é\"}","contentType":"application/json","revision":1}
            {"key":"\uD83D\uDE00","base64":"/w==","contentType":"image/png","expiresAt":"2098-12-31T23:00:00.000Z","revision":3}

            """);
    }

    [Fact]
    public async Task An_empty_store_exports_nothing()
    {
        var answer = await _client.GetAsync("/export");

        answer.Status.Should().Be(200);
        answer.Header("KvStore-Revision").Should().Be("0");
        answer.Bytes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("/export")]
    [InlineData("/export", "Accept-Encoding: gzip")]
    public async Task Head_tells_of_an_export_what_get_does(string target, params string[] headers)
    {
        await _client.PutAsync("/kv/a", "b");

        var get = await _client.GetAsync(target, headers);
        var head = await _client.SendAsync("HEAD", target, body: null, headers);

        head.Status.Should().Be(200);
        head.Bytes.Should().BeEmpty();
        foreach (var name in (string[])["Content-Type", "KvStore-Revision", "Vary", "Content-Encoding", "Content-Length"])
        {
            head.Header(name).Should().Be(get.Header(name), name);
        }
    }

    [Fact]
    public async Task An_export_takes_no_parameters()
    {
        var answer = await _client.GetAsync("/export?prefix=a");

        answer.Status.Should().Be(422);
        answer.Json.GetProperty("errors").TryGetProperty("prefix", out _).Should().BeTrue();
    }

    [Fact]
    public async Task Gzip_goes_both_ways()
    {
        var lines = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{{\"key\":\"key {i}\",\"value\":\"value {i}\"}}\n"));

        (await ImportAsync(Transfer.Gzip(Encoding.UTF8.GetBytes(lines)), "Content-Encoding: gzip")).Text.Should().Be("""{"imported":5000}""");
        var plain = await _client.GetAsync("/export");
        var compressed = await _client.GetAsync("/export", "Accept-Encoding: br;q=0.5, gzip");

        compressed.Header("Content-Encoding").Should().Be("gzip");
        compressed.Bytes.Length.Should().BeLessThan(plain.Bytes.Length / 2);
        Transfer.Gunzip(compressed.Bytes).Should().Equal(plain.Bytes);
        Transfer.Parse(plain.Bytes).Should().HaveCount(5_000);
        (await _client.GetAsync("/export", "Accept-Encoding: gzip;q=0")).Bytes.Should().Equal(plain.Bytes);
    }

    [Fact]
    public async Task Several_gzip_members_are_one_body()
    {
        byte[] body = [.. Transfer.Gzip("{\"key\":\"a\",\"value\""u8.ToArray()), .. Transfer.Gzip(":\"b\"}\n"u8.ToArray())];

        (await ImportAsync(body, "Content-Encoding: x-gzip")).Text.Should().Be("""{"imported":1}""");
        (await _client.GetAsync("/get/a")).Text.Should().Be("b");
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("\n\r\n \t\n", 0)]
    [InlineData("\ufeff{\"key\":\"a\",\"value\":\"1\"}\r\n\r\n{\"key\":\"b\",\"value\":\"2\"}", 2)]
    public async Task Empty_lines_a_byte_order_mark_and_a_last_line_without_end_are_taken(string body, int imported)
    {
        (await ImportAsync(body)).Text.Should().Be($$"""{"imported":{{imported}}}""");
    }

    [Fact]
    public async Task A_later_line_wins_and_ends_an_earlier_expiry()
    {
        await _client.PutAsync("/kv/a?ttl=1000", "x", "Content-Type: text/css");

        await ImportAsync("""
            {"key":"a","value":"1","revision":99}
            {"key":"a","value":2}
            """);

        var answer = await _client.GetAsync("/get/a");
        answer.Text.Should().Be("2");
        answer.ContentType.Should().Be("application/json");
        answer.ETag.Should().Be("\"3\"");
        answer.Header("KvStore-Expires-At").Should().BeNull();
    }

    [Fact]
    public async Task A_bad_line_is_named_and_only_those_before_it_stay()
    {
        var answer = await ImportAsync("""
            {"key":"a","value":"1"}

            {"key":"b","value":"2","tll":3}
            {"key":"c","value":"4"}
            """);

        answer.Status.Should().Be(422);
        answer.Code.Should().Be("invalid-request");
        answer.Json.GetProperty("line").GetInt64().Should().Be(3);
        answer.Json.GetProperty("imported").GetInt64().Should().Be(1);
        answer.Json.GetProperty("errors").GetProperty("tll")[0].GetString().Should().StartWith("is not a member of a record");
        answer.Json.GetProperty("detail").GetString().Should().StartWith("Line 3: tll is not a member");
        (await _client.GetAsync("/kv/")).Text.Should().Be("""["a"]""");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson; charset=utf-16")]
    [InlineData("")]
    public async Task Other_content_types_are_refused(string type)
    {
        var answer = await _client.SendAsync("POST", "/import", """{"key":"a","value":"1"}""", type.Length == 0 ? [] : [$"Content-Type: {type}"]);

        answer.Status.Should().Be(415);
        answer.Code.Should().Be("unsupported-media-type");
    }

    [Theory]
    [InlineData("application/ndjson")]
    [InlineData("Application/X-NDJSON; charset=\"UTF-8\"")]
    public async Task Lines_of_json_are_taken_by_either_name(string type) =>
        (await _client.SendAsync("POST", "/import", """{"key":"a","value":"1"}""", $"Content-Type: {type}")).Status.Should().Be(200);

    [Fact]
    public async Task Another_coding_is_refused_and_the_one_that_is_taken_named()
    {
        foreach (var coding in (string[])["br", "gzip, gzip", "identity"])
        {
            var answer = await ImportAsync([], $"Content-Encoding: {coding}");

            answer.Status.Should().Be(415);
            answer.Header("Accept-Encoding").Should().Be("gzip");
        }
    }

    private Task<Answer> ImportAsync(string lines) => _client.SendAsync("POST", "/import", lines, Lines);

    private Task<Answer> ImportAsync(byte[] body, string header) => _client.SendBytesAsync("POST", "/import", body, Lines, header);
}
