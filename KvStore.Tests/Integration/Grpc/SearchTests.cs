using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class SearchTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;

    public SearchTests() => _client = new GrpcClient(_service.GrpcAddress);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData("a", "", "a", "a/b", "ab")]
    [InlineData("", "b", "a/b", "ab", "b")]
    [InlineData("a", "b", "a/b", "ab")]
    [InlineData("z", "")]
    [InlineData("", "")]
    public async Task A_search_has_the_keys_with_prefix_and_suffix_in_order_and_none_where_neither_is_given(
        string prefix, string suffix, params string[] expected)
    {
        await SetAsync("b", "ab", "a", "ü", "a/b");

        (await KeysAsync(new SearchRequest { Prefix = prefix, Suffix = suffix })).Should().Equal(expected);
    }

    [Fact]
    public async Task All_keys_are_listed_where_they_are_asked_for()
    {
        await SetAsync("b", "ü", "a");

        (await KeysAsync(new SearchRequest { AllKeys = true })).Should().Equal("a", "b", "ü");
        (await KeysAsync(new SearchRequest { AllKeys = true, Prefix = "b" })).Should().Equal("b");
    }

    [Fact]
    public async Task Pages_go_on_after_the_last_key_of_the_one_before()
    {
        await SetAsync([.. Enumerable.Range(0, 25).Select(i => $"k{i:00}")]);

        var first = await KeysAsync(new SearchRequest { Prefix = "k", Limit = 10 });
        var second = await KeysAsync(new SearchRequest { Prefix = "k", Limit = 10, After = first[^1] });
        var third = await KeysAsync(new SearchRequest { Prefix = "k", Limit = 10, After = second[^1] });

        first.Concat(second).Concat(third).Should().Equal(Enumerable.Range(0, 25).Select(i => $"k{i:00}"));
        (first.Count, second.Count, third.Count).Should().Be((10, 10, 5));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_300)]
    public async Task A_search_of_many_pages_has_each_key_once(int limit)
    {
        var keys = Enumerable.Range(0, 1_500).Select(i => $"k{i:0000}").ToArray();
        await SetAsync(keys);

        (await KeysAsync(new SearchRequest { Prefix = "k", Limit = limit })).Should().Equal(keys.Take(limit == 0 ? keys.Length : limit));
    }

    [Fact]
    public async Task Values_come_with_their_keys_where_they_are_asked_for()
    {
        await _client.SetAsync("a", "text");
        await _client.Store.SetAsync(new SetRequest { Key = "b", ValueBytes = ByteString.CopyFrom(0xFF), ContentType = "image/png" });
        await _client.Store.SetAsync(new SetRequest { Key = "c", Value = "short", ExpiresAt = 253_402_300_799_999 });

        const string Default = "text/plain; charset=utf-8";
        (await _client.SearchAsync(new SearchRequest { AllKeys = true, Values = true })).Should().Equal(
            new SearchResult { Key = "a", Value = "text", ContentType = Default, Revision = 1 },
            new SearchResult { Key = "b", ValueBytes = ByteString.CopyFrom(0xFF), ContentType = "image/png", Revision = 2 },
            new SearchResult { Key = "c", Value = "short", ContentType = Default, Revision = 3, ExpiresAt = 253_402_300_799_999 });
        (await _client.SearchAsync(new SearchRequest { Prefix = "a", Values = true, AsBytes = true }))
            .Should().ContainSingle().Which.ValueBytes.Should().Equal("text"u8.ToArray());
        (await _client.SearchAsync(new SearchRequest { Prefix = "a" })).Should().Equal(new SearchResult { Key = "a" });
    }

    [Fact]
    public async Task Values_longer_than_what_is_sent_at_once_are_whole()
    {
        var values = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 300_000)).ToArray();
        foreach (var (i, value) in values.Index())
        {
            await _client.SetAsync($"k{i}", value);
        }

        (await _client.SearchAsync(new SearchRequest { AllKeys = true, Values = true })).Select(result => result.Value).Should().Equal(values);
    }

    [Fact]
    public async Task The_headers_have_the_revision_from_which_to_watch_even_where_nothing_is_found()
    {
        await SetAsync("a", "b", "c");

        foreach (var request in new[] { new SearchRequest { AllKeys = true }, new SearchRequest { Prefix = "none" }, new SearchRequest() })
        {
            using var call = _client.Store.Search(request);
            (await call.ResponseHeadersAsync).Get("kvstore-revision").Should().Be("3");
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(10_001)]
    [InlineData(int.MinValue)]
    public async Task A_limit_that_rest_does_not_take_is_refused(int limit)
    {
        (await GrpcFailure.OfAsync(_client.Store.Search(new SearchRequest { Prefix = "a", Limit = limit })))
            .Should().Be((StatusCode.InvalidArgument, "invalid-request"));
    }

    private async Task SetAsync(params string[] keys)
    {
        var batch = new BatchRequest();
        batch.Operations.AddRange(keys.Select(key => new BatchOperation { Set = new SetRequest { Key = key, Value = "v" } }));
        await _client.Store.BatchAsync(batch);
    }

    private async Task<List<string>> KeysAsync(SearchRequest request) => [.. (await _client.SearchAsync(request)).Select(result => result.Key)];
}
