using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class ListQueryTests
{
    [Fact]
    public void Nothing_given_is_every_key_without_values()
    {
        var query = Read("");

        query.Filter.IsEmpty.Should().BeTrue();
        query.Limit.Should().BeNull();
        query.After.Should().BeNull();
        query.WithValues.Should().BeFalse();
    }

    [Theory]
    [InlineData("?limit=1", 1)]
    [InlineData("?limit=10000", 10_000)]
    [InlineData("?limit=007", 7)]
    public void A_limit_is_a_number_of_keys(string query, int limit)
    {
        Read(query).Limit.Should().Be(limit);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=10001", "limit")]
    [InlineData("?limit=-1", "limit")]
    [InlineData("?limit=+1", "limit")]
    [InlineData("?limit=1.0", "limit")]
    [InlineData("?limit=", "limit")]
    [InlineData("?limit", "limit")]
    [InlineData("?limit=99999999999", "limit")]
    [InlineData("?values=1", "values")]
    [InlineData("?values=TRUE", "values")]
    [InlineData("?values=", "values")]
    [InlineData("?Prefix=a", "Prefix")]
    [InlineData("?prefix=a&prefix=a", "prefix")]
    [InlineData("?key=a", "key")]
    public void Another_value_or_name_is_invalid_and_named(string query, string field)
    {
        var problem = ListQuery.Read(Request(query), out _)!;

        problem.Code.Should().Be(ErrorCode.InvalidRequest);
        problem.Errors!.Fields.Should().ContainSingle().Which.Key.Should().Be(field);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        ListQuery.Read(Request("?limit=0&values=maybe"), out _)!.Errors!.Fields.Select(field => field.Key)
            .Should().Equal("limit", "values");
    }

    [Theory]
    [InlineData("?prefix=%ff")]
    [InlineData("?after=%")]
    [InlineData("?%ff=a")]
    [InlineData("?suffix=é")]
    public void Bad_escapes_are_malformed(string query)
    {
        ListQuery.Read(Request(query), out _)!.Code.Should().Be(ErrorCode.MalformedKey);
    }

    [Fact]
    public void A_count_takes_prefix_and_suffix_alone()
    {
        ListQuery.ReadFilter(Request("?prefix=a&suffix=b"), out var filter).Should().BeNull();
        filter.Matches("ab"u8).Should().BeTrue();
        filter.Matches("ba"u8).Should().BeFalse();
        ListQuery.ReadFilter(Request("?limit=1"), out _)!.Code.Should().Be(ErrorCode.InvalidRequest);
    }

    [Theory]
    [InlineData("a", "", false, "<?prefix=a&limit=2&after=k>; rel=\"next\"")]
    [InlineData("", "b", true, "<?suffix=b&limit=2&values=true&after=k>; rel=\"next\"")]
    public void A_link_repeats_what_was_asked_and_goes_on_after_the_last_key(string prefix, string suffix, bool values, string link)
    {
        new ListQuery(Filter(prefix, suffix), Limit: 2, After: null, values).NextLink("k"u8).Should().Be(link);
    }

    [Fact]
    public void A_link_of_any_keys_is_one_line_of_ascii_and_reads_back_as_the_next_query()
    {
        var queries = from prefix in AnyText.KeyOrNone
                      from suffix in AnyText.KeyOrNone
                      from last in AnyText.Key
                      from limit in Gen.Choose(1, ListQuery.MaxLimit)
                      from values in Gen.Elements(true, false)
                      select (new ListQuery(Filter(prefix, suffix), limit, After: null, values), last);
        Prop.ForAll(queries.ToArbitrary(), asked =>
        {
            var (query, last) = asked;

            var link = query.NextLink(Encoding.UTF8.GetBytes(last));

            link.Should().MatchRegex("^<[!-;=?-~]*>; rel=\"next\"$");
            var next = Read(link[1..link.IndexOf('>', StringComparison.Ordinal)]);
            next.Filter.Prefix.ToArray().Should().Equal(query.Filter.Prefix.ToArray());
            next.Filter.Suffix.ToArray().Should().Equal(query.Filter.Suffix.ToArray());
            next.After.Should().Equal(Encoding.UTF8.GetBytes(last));
            next.Limit.Should().Be(query.Limit);
            next.WithValues.Should().Be(query.WithValues);
        }).QuickCheckThrowOnFailure();
    }

    private static KeyFilter Filter(string prefix, string suffix) => new(Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(suffix));

    private static ListQuery Read(string query)
    {
        ListQuery.Read(Request(query), out var read).Should().BeNull();
        return read;
    }

    private static HttpRequest Request(string query)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        return request;
    }
}
