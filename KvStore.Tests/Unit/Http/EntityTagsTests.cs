using KvStore.Api.Http;
using KvStore.Core.Errors;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class EntityTagsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(long.MaxValue)]
    public void A_tag_is_the_revision_in_quotes_also_where_another_shares_its_slot(long revision)
    {
        EntityTags.Of(revision).Should().Be($"\"{revision}\"");
        EntityTags.Of(revision).Should().Be($"\"{revision}\"");
        EntityTags.OfJson(revision).Should().Be($"\"{revision}-json\"");
    }

    [Theory]
    [InlineData("\"7\"", 7, true)]
    [InlineData("\"7\"", 8, false)]
    [InlineData("\"7\"", 0, false)]
    [InlineData("\"7-json\"", 7, true)]
    [InlineData("\"6\", \"7\"", 7, true)]
    [InlineData("W/\"7\"", 7, false)]
    [InlineData("*", 7, true)]
    [InlineData("*", 0, false)]
    [InlineData("\"other\"", 7, false)]
    [InlineData("\"0\"", 0, false)]
    [InlineData("\"-1\"", 0, false)]
    [InlineData("\"99999999999999999999\"", 7, false)]
    public void If_match_holds_where_a_strong_tag_names_the_current_revision(string header, long current, bool holds)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfMatch = header;

        EntityTags.ReadCondition(request, out var condition).Should().BeNull();

        condition.Holds(current).Should().Be(holds);
    }

    [Theory]
    [InlineData("*", 0, true)]
    [InlineData("*", 7, false)]
    [InlineData("\"7\"", 7, false)]
    [InlineData("W/\"7\"", 7, false)]
    [InlineData("\"7\"", 8, true)]
    [InlineData("\"7\"", 0, true)]
    public void If_none_match_holds_where_no_tag_names_the_current_revision(string header, long current, bool holds)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfNoneMatch = header;

        EntityTags.ReadCondition(request, out var condition).Should().BeNull();

        condition.Holds(current).Should().Be(holds);
    }

    [Fact]
    public void Without_either_header_there_is_no_condition()
    {
        EntityTags.ReadCondition(new DefaultHttpContext().Request, out var condition).Should().BeNull();

        condition.IsNone.Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("7")]
    [InlineData("\"7")]
    [InlineData("\"7\" \"8\"")]
    [InlineData("\"7\", x")]
    public void A_header_that_is_empty_or_no_tag_is_malformed_and_never_no_condition(string header)
    {
        var match = new DefaultHttpContext().Request;
        match.Headers.IfMatch = header;
        var noneMatch = new DefaultHttpContext().Request;
        noneMatch.Headers.IfNoneMatch = header;

        EntityTags.ReadCondition(match, out _)!.Code.Should().Be(ErrorCode.MalformedRequest);
        EntityTags.ReadCondition(noneMatch, out _)!.Code.Should().Be(ErrorCode.MalformedRequest);
    }

    [Fact]
    public void Both_headers_together_are_malformed()
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfMatch = "*";
        request.Headers.IfNoneMatch = "*";

        EntityTags.ReadCondition(request, out _)!.Code.Should().Be(ErrorCode.MalformedRequest);
    }

    [Theory]
    [InlineData("\"7\"", true)]
    [InlineData("W/\"7\"", true)]
    [InlineData("\"6\", \"7\"", true)]
    [InlineData("*", true)]
    [InlineData("\"7-json\"", false)]
    [InlineData("\"8\"", false)]
    [InlineData("7", false)]
    public void A_read_is_not_modified_where_a_tag_names_the_form_that_would_be_sent(string header, bool names)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.IfNoneMatch = header;

        EntityTags.NoneMatchNames(request, EntityTags.Of(7)).Should().Be(names);
    }
}
