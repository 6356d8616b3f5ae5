using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class ReadContractTests(ServiceFactory service) : IClassFixture<ServiceFactory>, IDisposable
{
    private readonly ServiceClient _client = new(service.Address);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("a")]
    [InlineData("with space")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData("//")]
    [InlineData("a/")]
    [InlineData("%")]
    [InlineData("a%2Fb")]
    [InlineData("a%252Fb")]
    [InlineData("a?b#c+d&e=f")]
    [InlineData("\"quoted\"\\")]
    [InlineData("🔑/日本")]
    [InlineData("e\u0301")]
    [InlineData("\u00e9")]
    [InlineData("line\r\nend")]
    public async Task Any_key_reads_back_what_was_set_under_it_and_under_no_other(string key)
    {
        var set = await _client.PutAsync(ServiceClient.PathOf(key), "value of " + key);
        set.Status.Should().BeOneOf(200, 201);

        (await _client.GetAsync(ServiceClient.PathOf(key))).Text.Should().Be("value of " + key);
        (await _client.GetAsync("/get/" + Uri.EscapeDataString(key))).Text.Should().Be("value of " + key);
        (await _client.GetAsync("/get?key=" + Uri.EscapeDataString(key))).Text.Should().Be("value of " + key);
    }

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("nul\0nul")]
    public async Task Keys_that_a_path_cannot_carry_are_written_by_set_and_read_by_query(string key)
    {
        await _client.SetAsync(System.Text.Json.JsonSerializer.Serialize(new { key, value = "v" + key }));

        (await _client.GetAsync("/get?key=" + Uri.EscapeDataString(key))).Text.Should().Be("v" + key);
    }

    [Theory]
    [InlineData("/kv/..")]
    [InlineData("/kv/.")]
    [InlineData("/kv/a/../b")]
    [InlineData("/kv//../get/x")]
    [InlineData("/kv/../../count")]
    [InlineData("/kv/%2e%2e/count")]
    public void Dot_segments_that_reach_the_service_are_part_of_the_key(string path)
    {
        var put = RawConnection.Exchange(service.Address, $"PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {path.Length}\r\n\r\n{path}");
        put.Status.Should().Be(201);

        Raw(path).Body.Should().Be(path);
        Raw("/get?key=" + path["/kv/".Length..]).Body.Should().Be(path);
    }

    [Fact]
    public void A_slash_in_a_path_may_be_escaped_or_not()
    {
        RawConnection.Exchange(service.Address, "PUT /kv/raw/a%2Fb HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1").Status.Should().Be(201);

        Raw("/get/raw/a/b").Body.Should().Be("1");
        Raw("/get/raw%2fa%2Fb").Body.Should().Be("1");
        Raw("/get/raw/a%252Fb").Status.Should().Be(404);
        Raw("/GET/raw/a/b").Body.Should().Be("1");
    }

    [Fact]
    public void A_double_slash_begins_a_key_with_a_slash()
    {
        RawConnection.Exchange(service.Address, "PUT /kv//double HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1").Status.Should().Be(201);

        Raw("/get?key=/double").Body.Should().Be("1");
        Raw("/get/double").Status.Should().Be(404);
    }

    [Fact]
    public async Task A_value_comes_with_its_type_and_revision_and_cannot_be_sniffed()
    {
        var put = await _client.PutAsync("/kv/typed", "<svg/>", "Content-Type: image/svg+xml");

        var answer = await _client.GetAsync("/get/typed");

        answer.ContentType.Should().Be("image/svg+xml");
        answer.ETag.Should().Be(put.ETag);
        answer.Header("X-Content-Type-Options").Should().Be("nosniff");
        answer.Header("Content-Security-Policy").Should().Be("sandbox; default-src 'none'");
        answer.Header("Server").Should().BeNull();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/octet-stream")]
    public async Task Harmless_types_are_sent_without_a_sandbox(string contentType)
    {
        await _client.PutAsync("/kv/harmless", "1", "Content-Type: " + contentType);

        (await _client.GetAsync("/kv/harmless")).Header("Content-Security-Policy").Should().BeNull();
    }

    [Fact]
    public async Task Text_is_sent_as_a_json_string_to_who_asks_for_json()
    {
        await _client.PutAsync("/kv/text", "say \"hi\"");

        var answer = await _client.GetAsync("/kv/text", "Accept: application/json");

        answer.Text.Should().Be("\"say \\\"hi\\\"\"");
        answer.ContentType.Should().Be("application/json");
        answer.ETag.Should().EndWith("-json\"");
        answer.Header("Vary").Should().Be("Accept");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "application/json")]
    [InlineData("text/plain;q=0.5, application/json", "application/json")]
    [InlineData("*/*", "text/plain; charset=utf-8")]
    [InlineData("application/json;q=0.5, */*", "text/plain; charset=utf-8")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", "text/plain; charset=utf-8")]
    public async Task The_form_that_the_client_likes_better_is_sent(string accept, string contentType)
    {
        await _client.PutAsync("/kv/liked", "text");

        (await _client.GetAsync("/kv/liked", "Accept: " + accept)).ContentType.Should().Be(contentType);
    }

    [Fact]
    public async Task Stored_json_is_sent_as_it_is_to_who_asks_for_json()
    {
        await _client.PutAsync("/kv/json", "{\"a\": 1}", "Content-Type: application/json");

        (await _client.GetAsync("/kv/json", "Accept: application/json")).Text.Should().Be("{\"a\": 1}");
    }

    [Fact]
    public async Task Bytes_that_are_no_text_cannot_be_sent_as_json()
    {
        var raw = RawConnection.Exchange(service.Address, "PUT /kv/bytes HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n\u00ff\u00fe");
        raw.Status.Should().Be(201);

        var answer = await _client.GetAsync("/kv/bytes", "Accept: application/json");

        answer.Status.Should().Be(406);
        answer.Code.Should().Be("not-text");
        (await _client.GetAsync("/kv/bytes")).Bytes.Should().Equal(0xFF, 0xFE);
    }

    [Theory]
    [InlineData("/kv/head")]
    [InlineData("/get/head")]
    [InlineData("/get?key=head")]
    [InlineData("/search?prefix=head")]
    [InlineData("/count")]
    [InlineData("/health")]
    [InlineData("/role")]
    public async Task Head_has_the_length_of_get_and_no_body(string target)
    {
        await _client.PutAsync("/kv/head", "12345");

        var get = await _client.GetAsync(target);
        var head = await _client.SendAsync("HEAD", target);

        head.Status.Should().Be(get.Status);
        head.Bytes.Should().BeEmpty();
        head.Header("Content-Length").Should().Be(get.Header("Content-Length"));
        head.ETag.Should().Be(get.ETag);
        head.ContentType.Should().Be(get.ContentType);
    }

    [Theory]
    [InlineData("/kv/same")]
    [InlineData("/get/same")]
    public async Task A_reader_that_has_the_revision_is_sent_nothing(string target)
    {
        var tag = (await _client.PutAsync("/kv/same", "1")).ETag!;

        foreach (var condition in new[] { tag, "\"0\", " + tag, "W/" + tag, "*" })
        {
            var answer = await _client.GetAsync(target, "If-None-Match: " + condition);
            answer.Status.Should().Be(304, "{0} names it", condition);
            answer.Bytes.Should().BeEmpty();
            answer.ETag.Should().Be(tag);
        }

        (await _client.GetAsync(target, "If-None-Match: \"0\"")).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_value_and_its_json_string_have_tags_of_their_own()
    {
        var tag = (await _client.PutAsync("/kv/forms", "1")).ETag!;
        var jsonTag = tag.Insert(tag.Length - 1, "-json");

        (await _client.GetAsync("/kv/forms", "Accept: application/json", "If-None-Match: " + jsonTag)).Status.Should().Be(304);
        (await _client.GetAsync("/kv/forms", "Accept: application/json", "If-None-Match: " + tag)).Text.Should().Be("\"1\"");
        (await _client.GetAsync("/kv/forms", "If-None-Match: " + jsonTag)).Text.Should().Be("1");
        (await _client.SendAsync("HEAD", "/kv/forms", body: null, "Accept: application/json")).Header("Content-Length").Should().Be("3");
    }

    [Fact]
    public async Task An_empty_value_is_not_a_missing_one()
    {
        await _client.PutAsync("/kv/empty", "");

        var answer = await _client.GetAsync("/kv/empty");

        answer.Status.Should().Be(200);
        answer.Bytes.Should().BeEmpty();
        answer.Header("Content-Length").Should().Be("0");
    }

    [Fact]
    public async Task A_missing_key_is_a_whole_problem()
    {
        var answer = await _client.GetAsync("/get/missing");

        answer.Status.Should().Be(404);
        answer.ContentType.Should().Be("application/problem+json");
        var problem = answer.Json;
        problem.GetProperty("type").GetString().Should().Be("urn:kvstore:problem:key-not-found");
        problem.GetProperty("title").GetString().Should().NotBeEmpty();
        problem.GetProperty("status").GetInt32().Should().Be(404);
        problem.GetProperty("detail").GetString().Should().NotBeEmpty();
        problem.GetProperty("instance").GetString().Should().Be("/get/missing");
        problem.GetProperty("code").GetString().Should().Be("key-not-found");
        problem.GetProperty("traceId").GetString().Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/live")]
    [InlineData("/livez")]
    [InlineData("/healthz")]
    [InlineData("/ready")]
    [InlineData("/health/ready")]
    [InlineData("/readyz")]
    public async Task Health_is_answered_on_every_usual_path(string path)
    {
        (await _client.GetAsync(path)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Readiness_and_role_say_what_the_node_is()
    {
        var ready = (await _client.GetAsync("/ready")).Json;
        ready.GetProperty("status").GetString().Should().Be("ready");
        ready.GetProperty("keys").GetInt64().Should().BeGreaterThanOrEqualTo(0);
        ready.GetProperty("checks").GetProperty("lifecycle").GetProperty("reason").GetString().Should().NotBeEmpty();

        var role = (await _client.GetAsync("/role")).Json;
        role.GetProperty("role").GetString().Should().Be("primary");
        role.GetProperty("historyId").GetString().Should().Be(ready.GetProperty("historyId").GetString());
        role.GetProperty("revision").GetInt64().Should().BeGreaterThanOrEqualTo(ready.GetProperty("revision").GetInt64());
    }

    private RawAnswer Raw(string target) => RawConnection.Exchange(service.Address, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
}
