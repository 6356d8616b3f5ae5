using System.Globalization;
using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class BatchContractTests : IDisposable
{
    private const string Json = "Content-Type: application/json";

    private readonly ServiceFactory _service = new();
    private readonly ServiceClient _client;

    public BatchContractTests() => _client = new ServiceClient(_service.Address);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Each_operation_is_answered_in_order_with_its_own_status()
    {
        var answer = await BatchAsync("""
            {"operations":[{"op":"get","key":"a"},{"op":"set","key":"b","value":"1"},{"op":"set","key":"b","value":{"x":"é"}},{"op":"get","key":"b"},
            {"op":"delete","key":"b","ifRevision":1},{"op":"set","key":"b","value":"","ifAbsent":true},{"op":"delete","key":"b"},{"op":"delete","key":"b"}],"atomic":false}
            """);

        answer.Status.Should().Be(200);
        answer.ContentType.Should().Be("application/json");
        answer.Text.Should().Be(
            """{"results":[{"status":404,"code":"key-not-found"},{"status":200,"revision":1,"created":true},{"status":200,"revision":2,"created":false},""" +
            """{"status":200,"revision":2,"value":"{\"x\":\"é\"}","contentType":"application/json"},{"status":412,"code":"revision-mismatch","currentRevision":2},""" +
            """{"status":412,"code":"revision-mismatch","currentRevision":2},{"status":204,"revision":3},{"status":404,"code":"key-not-found"}]}""");
    }

    [Fact]
    public async Task An_atomic_batch_is_carried_out_whole()
    {
        var answer = await BatchAsync("""
            {"atomic":true,"operations":[{"op":"set","key":"a","value":"1","ttl":1000},{"op":"get","key":"a"},{"op":"set","key":"b","value":"2"},{"op":"delete","key":"b"},{"op":"get","key":"b"}]}
            """);

        var results = answer.Json.GetProperty("results").EnumerateArray().ToList();
        results.Select(result => result.GetProperty("status").GetInt32()).Should().Equal(200, 200, 200, 204, 404);
        results[1].GetProperty("value").GetString().Should().Be("1");
        results[1].GetProperty("revision").GetInt64().Should().Be(1);
        DateTimeOffset.Parse(results[1].GetProperty("expiresAt").GetString()!, CultureInfo.InvariantCulture).Should().BeAfter(DateTimeOffset.UtcNow);
        (await _client.GetAsync("/kv/")).Text.Should().Be("""["a"]""");
    }

    [Fact]
    public async Task An_atomic_batch_that_fails_names_the_first_operation_that_did_and_changes_nothing()
    {
        await _client.SetAsync("""{"key":"a","value":"1"}""");

        var answer = await BatchAsync("""
            {"operations":[{"op":"get","key":"none"},{"op":"delete","key":"a"},{"op":"set","key":"b","value":"","ifRevision":4},{"op":"delete","key":"c"}],"atomic":true}
            """);

        answer.Status.Should().Be(409);
        answer.Code.Should().Be("batch-failed");
        answer.Json.GetProperty("failed").GetRawText().Should()
            .Be("""{"index":2,"result":{"status":412,"code":"revision-mismatch","currentRevision":0}}""");
        (await _client.GetAsync("/kv/?values=true")).Text.Should().Be("""{"a":"1"}""");
        (await _client.GetAsync("/role")).Json.GetProperty("revision").GetInt64().Should().Be(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Values_of_any_size_and_any_bytes_come_back_whole(bool isAtomic)
    {
        string[] texts = ["", "short", "\"\\\u0001é😀", new('m', 5_000), new('\u0001', 6_000), new('é', 20_000), new('l', 1_048_576)];
        byte[][] bytes = [[0xFF], [.. Enumerable.Repeat((byte)0x80, 100_000)]];
        for (var i = 0; i < texts.Length; i++)
        {
            (await _client.PutAsync($"/kv/{i}", texts[i])).Status.Should().Be(201);
        }

        using var client = new HttpClient { BaseAddress = _service.Address };
        for (var i = 0; i < bytes.Length; i++)
        {
            using var content = new ByteArrayContent(bytes[i]);
            (await client.PutAsync(new Uri($"/kv/bytes{i}", UriKind.Relative), content)).EnsureSuccessStatusCode();
        }

        var gets = Enumerable.Range(0, texts.Length).Select(i => $"{i}").Concat(["bytes0", "bytes1"]).Select(key => $$"""{"op":"get","key":"{{key}}"}""");
        var all = string.Join(',', Enumerable.Repeat(string.Join(',', gets), 5));
        var results = (await BatchAsync($$"""{"operations":[{{all}}],"atomic":{{(isAtomic ? "true" : "false")}}}""")).Json.GetProperty("results").EnumerateArray().ToList();

        results.Should().HaveCount(5 * (texts.Length + bytes.Length));
        foreach (var round in results.Chunk(texts.Length + bytes.Length))
        {
            round.Take(texts.Length).Select(result => result.GetProperty("value").GetString()).Should().Equal(texts);
            round.Skip(texts.Length).Select(result => Convert.ToHexString(result.GetProperty("base64").GetBytesFromBase64()))
                .Should().Equal(bytes.Select(Convert.ToHexString));
        }
    }

    [Fact]
    public async Task A_batch_of_ten_thousand_is_answered_whole()
    {
        var keys = Enumerable.Range(0, 10_000).Select(i => $"key/{i}").ToList();

        await BatchAsync($$"""{"operations":[{{string.Join(',', keys.Select(key => $$"""{"op":"set","key":"{{key}}","value":"of {{key}}"}"""))}}]}""");
        var answer = await BatchAsync($$"""{"operations":[{{string.Join(',', keys.Select(key => $$"""{"op":"get","key":"{{key}}"}"""))}}]}""");

        answer.Json.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("value").GetString())
            .Should().Equal(keys.Select(key => "of " + key));
    }

    [Theory]
    [InlineData("""{"operations":[{"op":"set","key":"a","value":"1"},{"op":"set","key":"b","value":"1","tll":1}]}""", Json, 422)]
    [InlineData("""{"operations":[{"op":"set","key":"a","value":"1"},{"op":"set","key":"b","value":"1"}""", Json, 400)]
    [InlineData("""{"operations":[{"op":"set","key":"a","value":"1"}]}""", "Content-Type: text/plain", 415)]
    [InlineData("operations=a", "Content-Type: application/x-www-form-urlencoded", 415)]
    public async Task A_body_with_anything_wrong_changes_nothing(string body, string contentType, int status)
    {
        (await _client.SendAsync("POST", "/batch", body, contentType)).Status.Should().Be(status);
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");
    }

    [Fact]
    public async Task Options_outside_the_body_are_refused()
    {
        const string Body = """{"operations":[{"op":"set","key":"a","value":"1"}]}""";
        (await _client.SendAsync("POST", "/batch?atomic=true", Body, Json)).Status.Should().Be(422);
        (await _client.SendAsync("POST", "/batch", Body, Json, "If-Match: \"1\"")).Status.Should().Be(400);
        (await _client.SendAsync("POST", "/batch", Body, Json, "If-None-Match: *")).Status.Should().Be(400);
        (await _client.SendAsync("POST", "/batch", Body, Json, "Content-Encoding: gzip")).Status.Should().Be(415);
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");
    }

    [Fact]
    public async Task A_body_of_the_limit_is_taken_and_one_byte_more_is_refused()
    {
        await using var service = new ServiceFactory().With("KvStore:Limits:MaxBatchBytes", 2_000);
        using var client = new ServiceClient(service.Address);
        var body = """{"operations":[{"op":"set","key":"a","value":"1"}]}""".PadRight(2_000);

        var refused = await client.SendAsync("POST", "/batch", body + " ", Json);
        refused.Status.Should().Be(413);
        refused.Code.Should().Be("request-too-large");
        refused.Json.GetProperty("limit").GetInt64().Should().Be(2_000);
        (await client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");

        (await client.SendAsync("POST", "/batch", body, Json)).Status.Should().Be(200);
    }

    [Fact]
    public async Task More_writes_than_can_be_one_are_refused_if_atomic_and_taken_if_not()
    {
        var sets = string.Join(',', Enumerable.Range(0, 70_000).Select(i => $$"""{"op":"set","key":{{i}},"value":1}"""));

        var refused = await BatchAsync($$"""{"operations":[{{sets}}],"atomic":true}""");
        refused.Status.Should().Be(413);
        refused.Json.GetProperty("limit").GetInt64().Should().Be(65_536);
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");

        (await BatchAsync($$"""{"operations":[{{sets}}]}""")).Status.Should().Be(200);
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":70000}""");
    }

    [Fact]
    public async Task A_client_that_goes_away_does_not_stop_its_batch()
    {
        await _client.PutAsync("/kv/large", new string('v', 1_048_576));
        var gets = string.Join(',', Enumerable.Repeat("""{"op":"get","key":"large"}""", 50));
        var body = Encoding.UTF8.GetBytes($$"""{"operations":[{{gets}},{"op":"set","key":"last","value":"1"}]}""");

        using (var client = new HttpClient { BaseAddress = _service.Address })
        {
            using var content = new ByteArrayContent(body);
            content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            using var request = new HttpRequestMessage(HttpMethod.Post, "/batch") { Content = content };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }

        while ((await _client.GetAsync("/get/last")).Status != 200)
        {
            await Task.Yield();
        }
    }

    private Task<Answer> BatchAsync(string json) => _client.SendAsync("POST", "/batch", json, Json);
}
