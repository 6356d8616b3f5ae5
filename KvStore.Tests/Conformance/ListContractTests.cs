using System.Globalization;
using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

public sealed class ListContractTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly ServiceClient _client;

    public ListContractTests() => _client = new ServiceClient(_service.Address);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData("/search", "[]")]
    [InlineData("/search?prefix=&suffix=", "[]")]
    [InlineData("/search?prefix=a", """["a","a/b","a/b/x","ab"]""")]
    [InlineData("/search?suffix=b", """["a/b","ab","b"]""")]
    [InlineData("/search?prefix=a&suffix=b", """["a/b","ab"]""")]
    [InlineData("/search?prefix=a%2Fb", """["a/b","a/b/x"]""")]
    [InlineData("/search?prefix=a&after=a/b", """["a/b/x","ab"]""")]
    [InlineData("/search?prefix=nothing", "[]")]
    [InlineData("/kv/", """["a","a/b","a/b/x","ab","b","\uD83D\uDD11"]""")]
    [InlineData("/kv/?suffix=x", """["a/b/x"]""")]
    [InlineData("/count", """{"count":6}""")]
    [InlineData("/count?prefix=a", """{"count":4}""")]
    [InlineData("/count?suffix=b", """{"count":3}""")]
    [InlineData("/count?prefix=a&suffix=b", """{"count":2}""")]
    public async Task Lists_and_counts_have_the_keys_with_prefix_and_suffix_in_byte_order(string target, string expected)
    {
        await FillAsync("b", "a/b", "🔑", "a", "ab", "a/b/x");

        var answer = await _client.GetAsync(target);

        answer.Json.ToString().Should().Be(System.Text.Json.JsonDocument.Parse(expected).RootElement.ToString());
        answer.ContentType.Should().Be("application/json");
    }

    [Theory]
    [InlineData("suffix=%F0%9F%94%91", "a🔑")]
    [InlineData("prefix=%65%CC%81", "e\u0301x")]
    [InlineData("suffix=%CC%81", "be\u0301")]
    [InlineData("prefix=e&suffix=x", "e\u0301x")]
    [InlineData("suffix=%C3%A9", "c\u00e9")]
    public async Task A_prefix_or_suffix_is_whole_characters_that_are_not_composed_or_taken_apart(string query, string expected)
    {
        await FillAsync("a🔑", "be\u0301", "c\u00e9", "e\u0301x");

        (await _client.GetAsync("/search?" + query)).Json.EnumerateArray().Select(key => key.GetString()).Should().Equal(expected);
        (await _client.GetAsync("/count?" + query)).Json.GetProperty("count").GetInt32().Should().Be(1);
    }

    [Theory]
    [InlineData("suffix=%91")]
    [InlineData("suffix=%9F%94%91")]
    [InlineData("prefix=%F0%9F%94")]
    [InlineData("prefix=a&suffix=%F0")]
    [InlineData("prefix=%ED%A0%80")]
    [InlineData("prefix=%C0%80")]
    public async Task A_prefix_or_suffix_that_cuts_through_a_character_is_malformed(string query)
    {
        await FillAsync("a🔑", "🔑");

        foreach (var path in (string[])["/search", "/kv/", "/count"])
        {
            var answer = await _client.GetAsync($"{path}?{query}");
            (answer.Status, answer.Code).Should().Be((400, "malformed-key"), path);
        }
    }

    [Fact]
    public async Task Order_is_by_utf_8_bytes_not_by_utf_16()
    {
        await FillAsync("\uffff", "🔑", "z", "é");

        (await _client.GetAsync("/kv/")).Json.EnumerateArray().Select(key => key.GetString()).Should().Equal("z", "é", "\uffff", "🔑");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(10_000)]
    public async Task Links_lead_through_all_pages(int limit)
    {
        var keys = Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"p/{i:d2} &?x")).ToArray();
        await FillAsync([.. keys, "other"]);

        var found = new List<string>();
        string? next = string.Create(CultureInfo.InvariantCulture, $"?prefix=p/&suffix=x&limit={limit}");
        while (next is not null)
        {
            var page = await _client.GetAsync("/search" + next);
            var onPage = page.Json.EnumerateArray().Select(key => key.GetString()!).ToList();
            onPage.Count.Should().BeInRange(1, limit);
            found.AddRange(onPage);
            var link = page.Header("Link");
            next = link is null ? null : Regex.Match(link, "^<(?<target>[?][^>]*)>; rel=\"next\"$", RegexOptions.ExplicitCapture).Groups["target"].Value;
        }

        found.Should().Equal(keys);
    }

    [Fact]
    public async Task A_listing_with_values_has_text_as_it_is_and_other_bytes_in_base64()
    {
        await _client.PutAsync("/kv/a", "text");
        RawConnection.Exchange(_service.Address, "PUT /kv/b HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n\u00ff").Status.Should().Be(201);

        (await _client.GetAsync("/kv/?values=true")).Text.Should().Be("""{"a":"text","b":{"base64":"/w=="}}""");
    }

    [Fact]
    public async Task A_link_keeps_asking_for_values()
    {
        await _client.PutAsync("/kv/a", "1");
        await _client.PutAsync("/kv/b", "2");

        var first = await _client.GetAsync("/kv/?limit=1&values=true");
        var second = await _client.GetAsync("/kv/" + Regex.Match(first.Header("Link")!, "[?][^>]*").Value);

        first.Text.Should().Be("""{"a":"1"}""");
        second.Text.Should().Be("""{"b":"2"}""");
        second.Header("Link").Should().BeNull();
    }

    [Fact]
    public async Task A_page_goes_on_after_a_key_that_is_gone()
    {
        await FillAsync("a", "b", "c");
        await _client.SendAsync("DELETE", "/kv/b");

        (await _client.GetAsync("/kv/?after=b")).Text.Should().Be("""["c"]""");
        (await _client.GetAsync("/kv/?after=c")).Text.Should().Be("[]");
    }

    [Fact]
    public async Task A_long_listing_is_streamed_whole()
    {
        const int Keys = 3_000;
        for (var i = 0; i < Keys; i++)
        {
            await _client.PutAsync(string.Create(CultureInfo.InvariantCulture, $"/kv/{i:d4}{new string('k', 100)}"), "");
        }

        var answer = await _client.GetAsync("/kv/");

        answer.Header("Content-Length").Should().BeNull("its length is not known when it begins");
        answer.Json.EnumerateArray().Select(key => int.Parse(key.GetString()![..4], CultureInfo.InvariantCulture))
            .Should().Equal(Enumerable.Range(0, Keys));

        var head = await _client.SendAsync("HEAD", "/kv/");
        head.Status.Should().Be(200);
        head.Bytes.Should().BeEmpty();
        (await _client.GetAsync("/count")).Status.Should().Be(200, "the connection still works");
    }

    private async Task FillAsync(params string[] keys)
    {
        foreach (var key in keys)
        {
            (await _client.PutAsync(ServiceClient.PathOf(key), "")).Status.Should().Be(201);
        }
    }
}
