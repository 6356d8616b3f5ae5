using System.Text;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class WatchQueryTests
{
    [Fact]
    public void Nothing_given_is_every_key_from_now_on()
    {
        var query = Read("");

        query.Filter.IsEmpty.Should().BeTrue();
        query.Since.Should().BeNull();
    }

    [Fact]
    public void Prefix_and_suffix_are_the_filter()
    {
        var query = Read("?prefix=a%2F&suffix=%C3%A9");

        Encoding.UTF8.GetString(query.Filter.Prefix.Span).Should().Be("a/");
        Encoding.UTF8.GetString(query.Filter.Suffix.Span).Should().Be("é");
    }

    [Theory]
    [InlineData("?since=0", null, 0)]
    [InlineData("?since=007", null, 7)]
    [InlineData("?since=9223372036854775807", null, long.MaxValue)]
    [InlineData("", "7", 7)]
    [InlineData("?since=3", "7", 7)]
    [InlineData("?since=7", "3", 3)]
    public void The_last_event_wins_over_since(string query, string? lastEventId, long since)
    {
        Read(query, lastEventId).Since.Should().Be(since);
    }

    [Theory]
    [InlineData("?since=")]
    [InlineData("?since")]
    [InlineData("?since=x")]
    [InlineData("?since=-1")]
    [InlineData("?since=+1")]
    [InlineData("?since=1.5")]
    [InlineData("?since=1e3")]
    [InlineData("?since=%201")]
    [InlineData("?since=9223372036854775808")]
    [InlineData("?since=99999999999999999999999999999999")]
    [InlineData("?since=1&since=1")]
    [InlineData("?since=x", "7")]
    public void What_is_no_revision_is_refused_by_name(string query, params string[] lastEventId)
    {
        Errors(query, lastEventId).Should().Equal("since");
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("9223372036854775808")]
    [InlineData("1", "1")]
    public void A_last_event_that_is_no_revision_is_refused_by_name(params string[] lastEventId)
    {
        Errors("?since=1", lastEventId).Should().Equal("Last-Event-ID");
    }

    [Fact]
    public void Everything_that_is_wrong_is_named()
    {
        Errors("?since=x", "y").Should().Equal("since", "Last-Event-ID");
    }

    [Theory]
    [InlineData("?prefx=a", "prefx")]
    [InlineData("?limit=1", "limit")]
    public void An_unknown_parameter_is_refused(string query, string name)
    {
        Errors(query).Should().Equal(name);
    }

    [Fact]
    public void A_filter_that_is_not_text_is_refused()
    {
        WatchQuery.Read(Request("?prefix=%FF"), out _)!.Code.Should().Be(ErrorCode.MalformedKey);
    }

    private static WatchQuery Read(string query, string? lastEventId = null)
    {
        WatchQuery.Read(Request(query, lastEventId is null ? [] : [lastEventId]), out var watch).Should().BeNull();
        return watch;
    }

    private static IEnumerable<string> Errors(string query, params string[] lastEventId)
    {
        var problem = WatchQuery.Read(Request(query, lastEventId), out _)!;
        problem.Code.Should().Be(ErrorCode.InvalidRequest);
        return problem.Errors!.Fields.Select(field => field.Key);
    }

    private static HttpRequest Request(string query, params string[] lastEventId)
    {
        var request = new DefaultHttpContext().Request;
        request.QueryString = new QueryString(query);
        if (lastEventId.Length > 0)
        {
            request.Headers[WatchQuery.LastEventId] = lastEventId;
        }

        return request;
    }
}
