using System.Globalization;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class WriteContractTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly ServiceClient _client;

    public WriteContractTests() => _client = new ServiceClient(_service.Address);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Set_answers_key_revision_and_whether_it_is_new()
    {
        (await _client.SetAsync("""{"key":"a","value":"1"}""")).Text.Should().Be("""{"key":"a","revision":1,"created":true}""");
        (await _client.SetAsync("""{"key":"a","value":"2"}""")).Text.Should().Be("""{"key":"a","revision":2,"created":false}""");
        (await _client.GetAsync("/get/a")).Text.Should().Be("2");
    }

    [Theory]
    [InlineData("\"text\"", "text", "text/plain; charset=utf-8")]
    [InlineData("\"\"", "", "text/plain; charset=utf-8")]
    [InlineData("\"\\u00e9\\n\\\"\"", "é\n\"", "text/plain; charset=utf-8")]
    [InlineData("1.50", "1.50", "application/json")]
    [InlineData("true", "true", "application/json")]
    [InlineData("{\"a\": [1, null]}", "{\"a\": [1, null]}", "application/json")]
    [InlineData("[]", "[]", "application/json")]
    public async Task A_json_value_is_stored_as_text_or_as_json(string json, string stored, string contentType)
    {
        await _client.SetAsync($$"""{"key":"a","value":{{json}}}""");

        var answer = await _client.GetAsync("/get/a");

        answer.Text.Should().Be(stored);
        answer.ContentType.Should().Be(contentType);
    }

    [Fact]
    public async Task A_numeric_key_is_its_text()
    {
        await _client.SetAsync("""{"key":42,"value":"answer"}""");

        (await _client.GetAsync("/get/42")).Text.Should().Be("answer");
    }

    [Fact]
    public async Task A_form_sets_as_json_does()
    {
        var answer = await _client.SendAsync(
            "POST", "/set", "key=a%2Fb+c&value=1%262&contentType=text%2Fcss", "Content-Type: application/x-www-form-urlencoded");

        answer.Text.Should().Be("""{"key":"a/b c","revision":1,"created":true}""");
        var read = await _client.GetAsync("/get/a%2Fb%20c");
        read.Text.Should().Be("1&2");
        read.ContentType.Should().Be("text/css");
    }

    [Fact]
    public async Task Put_answers_created_then_replaced_with_the_tag_and_no_body()
    {
        var created = await _client.PutAsync("/kv/a", "1");
        created.Status.Should().Be(201);
        created.ETag.Should().Be("\"1\"");
        created.Bytes.Should().BeEmpty();

        var replaced = await _client.PutAsync("/kv/a", "2");
        replaced.Status.Should().Be(200);
        replaced.ETag.Should().Be("\"2\"");
    }

    [Fact]
    public async Task A_ttl_shows_in_the_answer_and_a_write_without_one_removes_it()
    {
        await _client.PutAsync("/kv/a?ttl=1000.5", "1");
        var expires = DateTimeOffset.Parse((await _client.GetAsync("/kv/a")).Header("KvStore-Expires-At")!, CultureInfo.InvariantCulture);
        expires.Should().BeAfter(DateTimeOffset.UtcNow.AddSeconds(900)).And.BeBefore(DateTimeOffset.UtcNow.AddSeconds(1_001));

        await _client.PutAsync("/kv/a", "1");
        (await _client.GetAsync("/kv/a")).Header("KvStore-Expires-At").Should().BeNull();
    }

    [Fact]
    public async Task An_expired_key_is_gone_from_reads_lists_and_counts_and_takes_a_revision()
    {
        await _client.SetAsync("""{"key":"a","value":"1","ttl":0.001}""");

        // It is gone when its revision is: nothing else writes.
        while ((await _client.GetAsync("/role")).Json.GetProperty("revision").GetInt64() < 2)
        {
            await Task.Yield();
        }

        (await _client.GetAsync("/get/a")).Status.Should().Be(404);
        (await _client.GetAsync("/kv/")).Text.Should().Be("[]");
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");
        (await _client.PutAsync("/kv/a", "2", "If-None-Match: *")).Status.Should().Be(201);
    }

    [Fact]
    public async Task Conditions_are_checked_against_the_current_revision()
    {
        (await _client.PutAsync("/kv/a", "1", "If-Match: *")).Status.Should().Be(412);
        (await _client.PutAsync("/kv/a", "1", "If-None-Match: *")).ETag.Should().Be("\"1\"");
        (await _client.PutAsync("/kv/a", "2", "If-Match: \"9\", \"1-json\"")).ETag.Should().Be("\"2\"");

        var mismatch = await _client.PutAsync("/kv/a", "3", "If-Match: \"1\"");
        mismatch.Status.Should().Be(412);
        mismatch.Code.Should().Be("revision-mismatch");
        mismatch.Json.GetProperty("currentRevision").GetInt64().Should().Be(2);

        (await _client.PutAsync("/kv/a", "3", "If-Match: \"02\"")).Status.Should().Be(412, "tags are compared as they are written");
        (await _client.PutAsync("/kv/a", "3", "If-None-Match: *")).Status.Should().Be(412);
        (await _client.GetAsync("/get/a")).Text.Should().Be("2");
        (await _client.SendAsync("DELETE", "/kv/a", body: null, "If-Match: \"1\"")).Status.Should().Be(412);
        (await _client.SendAsync("DELETE", "/kv/a", body: null, "If-Match: \"2\"")).Status.Should().Be(204);
        (await _client.SendAsync("DELETE", "/kv/a", body: null, "If-Match: \"2\"")).Status.Should().Be(412);
    }

    [Theory]
    [InlineData("/kv/a", "PUT", "Content-Encoding: gzip", 415)]
    [InlineData("/set", "POST", "Content-Encoding: br", 415)]
    [InlineData("/kv/a", "PUT", "Content-Range: bytes 5-9/10", 400)]
    public async Task A_value_that_is_compressed_or_in_part_is_refused(string target, string method, string header, int status)
    {
        var answer = await _client.SendAsync(method, target, """{"key":"a","value":""}""", header, "Content-Type: application/json");

        answer.Status.Should().Be(status);
        (await _client.GetAsync("/count")).Text.Should().Be("""{"count":0}""");
    }

    [Fact]
    public async Task A_form_takes_ttl_and_conditions_too()
    {
        const string Form = "Content-Type: application/x-www-form-urlencoded; charset=UTF-8";
        (await _client.SendAsync("POST", "/set", "key=a&value=1&ttl=1000.5&ifAbsent=true", Form)).Status.Should().Be(200);
        (await _client.GetAsync("/kv/a")).Header("KvStore-Expires-At").Should().NotBeNull();

        (await _client.SendAsync("POST", "/set", "key=a&value=2&ifAbsent=true", Form)).Code.Should().Be("revision-mismatch");
        (await _client.SendAsync("POST", "/set", "key=a&value=2&ifRevision=1", Form)).Status.Should().Be(200);
        (await _client.GetAsync("/kv/a")).Header("KvStore-Expires-At").Should().BeNull("a write without a ttl removes it");
    }

    [Theory]
    [InlineData("\"ifAbsent\":true", 412)]
    [InlineData("\"ifAbsent\":false", 200)]
    [InlineData("\"ifRevision\":0", 412)]
    [InlineData("\"ifRevision\":1", 200)]
    [InlineData("\"ifRevision\":2", 412)]
    public async Task Set_takes_conditions_too(string condition, int status)
    {
        await _client.SetAsync("""{"key":"a","value":"1"}""");

        (await _client.SetAsync($$"""{"key":"a","value":"2",{{condition}}}""")).Status.Should().Be(status);
    }

    [Fact]
    public async Task Delete_answers_204_and_then_404()
    {
        await _client.PutAsync("/kv/a", "1");

        (await _client.SendAsync("DELETE", "/kv/a")).Status.Should().Be(204);
        var again = await _client.SendAsync("DELETE", "/kv/a");
        again.Status.Should().Be(404);
        again.Code.Should().Be("key-not-found");
    }

    [Fact]
    public async Task The_largest_value_is_stored_whole()
    {
        var value = new string('v', 1_048_576);

        (await _client.PutAsync("/kv/a", value)).Status.Should().Be(201);
        (await _client.SetAsync($$"""{"key":"b","value":"{{value}}"}""")).Status.Should().Be(200);

        (await _client.GetAsync("/kv/a")).Text.Should().Be(value);
        (await _client.GetAsync("/kv/b")).Text.Should().Be(value);
        (await _client.GetAsync("/kv/a", "Accept: application/json")).Text.Should().Be($"\"{value}\"");
        (await _client.GetAsync("/kv/?values=true")).Text.Should().Be($$"""{"a":"{{value}}","b":"{{value}}"}""");
        (await _client.SendAsync("HEAD", "/kv/a")).Header("Content-Length").Should().Be("1048576");
    }
}
