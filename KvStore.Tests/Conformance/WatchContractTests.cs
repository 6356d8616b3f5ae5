using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class WatchContractTests : WatchContract
{
    [Fact]
    public async Task A_watch_answers_at_once_with_headers_that_let_every_event_through()
    {
        await Client.PutAsync("/kv/a", "1");

        using var watch = await WatchAsync();

        watch.Response.Content.Headers.ContentType!.ToString().Should().Be("text/event-stream");
        watch.Response.Headers.GetValues("Cache-Control").Should().Equal("no-store");
        watch.Response.Headers.GetValues("X-Accel-Buffering").Should().Equal("no");
        watch.Response.Headers.TransferEncodingChunked.Should().BeTrue();
        watch.LastId.Should().Be(1);
    }

    [Fact]
    public async Task Ready_has_the_revision_after_which_events_follow_and_the_history()
    {
        await Client.PutAsync("/kv/a", "1");
        await Client.PutAsync("/kv/a", "2");
        var history = (await Client.GetAsync("/role")).Json.GetProperty("historyId").GetString();

        RawReady("/watch").Should().Be($$"""{"revision":2,"historyId":"{{history}}"}""");
        RawReady("/watch?since=1").Should().Be($$"""{"revision":1,"historyId":"{{history}}"}""");
    }

    [Fact]
    public async Task Each_kind_of_change_is_an_event_with_its_revision_as_id()
    {
        using var watch = await WatchAsync("?prefix=a");
        await Client.PutAsync("/kv/a", "text", "Content-Type: text/x");
        await Client.PutAsync("/kv/b", "other");
        await Client.SetAsync("""{"key":"a\n/b","value":{"json":1}}""");
        await Client.SendAsync("DELETE", "/kv/a");
        await Client.PutAsync("/kv/a?ttl=0.001", "short");

        Text(await watch.NextAsync()).Should().Be("""1 set {"key":"a","value":"text","contentType":"text/x","revision":1,"timestamp":...}""");
        Text(await watch.NextAsync()).Should().Be(
            """3 set {"key":"a\n/b","value":"{\"json\":1}","contentType":"application/json","revision":3,"timestamp":...}""");
        Text(await watch.NextAsync()).Should().Be("""4 delete {"key":"a","revision":4,"timestamp":...}""");
        Text(await watch.NextAsync()).Should().MatchRegex("""^5 set {"key":"a","value":"short",.*,"timestamp":...,"expiresAt":"20[-0-9]{8}T[0-9:.]{12}Z"}$""");
        Text(await watch.NextAsync()).Should().Be("""6 expire {"key":"a","revision":6,"timestamp":...}""");
    }

    [Fact]
    public async Task A_timestamp_is_when_the_write_was_in_unix_milliseconds()
    {
        using var watch = await WatchAsync();
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Client.PutAsync("/kv/a", "1");

        var change = await watch.NextAsync();

        change!.Data.GetProperty("timestamp").GetInt64().Should().BeInRange(before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_value_that_is_not_text_is_sent_as_base64()
    {
        using var watch = await WatchAsync();
        foreach (var length in new[] { 3, 100_000 })
        {
            using var content = new ByteArrayContent([.. Enumerable.Range(0, length).Select(i => (byte)(255 - i))]);
            using var client = new HttpClient();
            await client.PutAsync(new Uri(Service.Address, "/kv/a"), content);

            var change = await watch.NextAsync();
            change!.Value.Should().BeNull();
            change.Data.GetProperty("base64").GetBytesFromBase64().Should().Equal(await content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("?prefix=a", "set a", "set ab", "set end")]
    [InlineData("?suffix=b", "set ab", "set b", "set end")]
    [InlineData("?prefix=a&suffix=b", "set ab", "set end")]
    [InlineData("?prefix=&suffix=", "set a", "set ab", "set b", "set c", "set end")]
    [InlineData("", "set a", "set ab", "set b", "set c", "set end")]
    public async Task A_watch_has_the_keys_with_prefix_and_suffix_and_all_where_neither_is_given(string query, params string[] expected)
    {
        using var watch = await WatchAsync(query);
        foreach (var key in new[] { "a", "ab", "b", "c" })
        {
            await Client.PutAsync("/kv/" + key, "v");
        }

        var last = query.Contains("suffix=b", StringComparison.Ordinal) ? "aendb" : "aend";
        await Client.PutAsync("/kv/" + last, "v");

        (await watch.NextAsync(expected.Length)).Should().Equal(expected.Select(change => change.Replace("end", last, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("?since=0", null, "set a", "set b", "set c")]
    [InlineData("?since=2", null, "set c")]
    [InlineData("", 2, "set c")]
    [InlineData("?since=0", 2, "set c")]
    [InlineData("?since=3", 1, "set b", "set c")]
    [InlineData("?since=3", null, "set d")]
    public async Task A_watch_resumes_after_the_last_event_or_since(string query, int? lastEventId, params string[] expected)
    {
        foreach (var key in new[] { "a", "b", "c" })
        {
            await Client.PutAsync("/kv/" + key, "v");
        }

        using var watch = await WatchStream.OpenAsync(Service.Address, query, lastEventId);
        await Client.PutAsync("/kv/d", "v");

        (await watch.NextAsync(expected.Length)).Should().Equal(expected);
    }

    [Fact]
    public async Task What_is_older_than_the_window_or_ahead_of_the_store_is_gone_and_the_oldest_is_not()
    {
        Service.With("KvStore:Changes:WindowRecords", 16);
        for (var i = 0; i < 100; i++)
        {
            await Client.PutAsync("/kv/a", "v");
        }

        foreach (var since in new[] { "0", "83", "101", "9223372036854775807" })
        {
            var answer = await Client.GetAsync($"/watch?since={since}");
            answer.Status.Should().Be(410);
            answer.Code.Should().Be("revision-compacted");
            answer.Json.GetProperty("detail").GetString().Should().Contain($"revision {since}");
            answer.Json.GetProperty("oldestRevision").GetInt64().Should().Be(85);
            (await Client.GetAsync("/watch", $"Last-Event-ID: {since}")).Status.Should().Be(410);
        }

        using var oldest = await WatchAsync("?since=84");
        (await oldest.NextAsync())!.Id.Should().Be(85);
    }

    [Theory]
    [InlineData("/watch?since=-1", null, "since")]
    [InlineData("/watch?since=", null, "since")]
    [InlineData("/watch?since=1&since=1", null, "since")]
    [InlineData("/watch?since=9223372036854775808", null, "since")]
    [InlineData("/watch?since=1", "x", "Last-Event-ID")]
    [InlineData("/watch?limit=1", null, "limit")]
    public async Task A_request_that_cannot_be_understood_begins_no_watch(string target, string? lastEventId, string field)
    {
        var answer = await Client.GetAsync(target, lastEventId is null ? [] : [$"Last-Event-ID: {lastEventId}"]);

        answer.Status.Should().Be(422);
        answer.Code.Should().Be("invalid-request");
        answer.Json.GetProperty("errors").EnumerateObject().Select(error => error.Name).Should().Equal(field);
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    public async Task Only_GET_is_taken(string method)
    {
        var answer = await Client.SendAsync(method, "/watch");

        answer.Status.Should().Be(405);
        answer.Header("Allow").Should().Be("GET");
    }

    [Fact]
    public async Task A_comment_comes_while_nothing_happens_and_brings_the_id_up_to_date()
    {
        // No client is slow that has nothing to read.
        Service.With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var watch = await WatchAsync("?prefix=quiet");
        await Client.PutAsync("/kv/busy", "v");

        await watch.ReadCommentAsync();
        watch.LastId.Should().Be(1, "a client that comes back has missed nothing");

        await Client.PutAsync("/kv/quiet", "v");

        Text(await watch.NextAsync()).Should().StartWith("2 set");
    }

    private string RawReady(string target)
    {
        using var connection = new RawConnection(Service.Address);
        connection.Send($"GET {target} HTTP/1.0\r\n\r\n");
        connection.Read().Status.Should().Be(200);
        return connection.ReadUntil("\n\n").Split("data: ")[1].TrimEnd();
    }
}
