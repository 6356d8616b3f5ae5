using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Http;

public sealed class FormSetReaderTests
{
    [Fact]
    public void Every_field_is_read()
    {
        var request = Read("key=a%2Fb+c&value=%01%C3%A9&ttl=0.5&contentType=text%2Fcss&ifAbsent=true");

        Encoding.UTF8.GetString(request.Key.Span).Should().Be("a/b c");
        Encoding.UTF8.GetString(request.Value.Span).Should().Be("\u0001é");
        request.Options.Ttl.Should().Be(TimeSpan.FromMilliseconds(500));
        request.Options.ContentType.Should().Be("text/css");
        request.Options.Condition.Holds(0).Should().BeTrue();
        request.Options.Condition.Holds(1).Should().BeFalse();
    }

    [Fact]
    public void A_value_is_text_however_it_looks()
    {
        Read("key=a&value=1").Options.ContentType.Should().BeNull();
    }

    [Theory]
    [InlineData("key=a", "value")]
    [InlineData("value=a", "key")]
    [InlineData("key=&value=", "key")]
    [InlineData("key=a&value=b&tll=1", "tll")]
    [InlineData("key=a&value=b&value=c", "value")]
    [InlineData("key=a&value=b&ttl=", "ttl")]
    [InlineData("key=a&value=b&ttl=NaN", "ttl")]
    [InlineData("key=a&value=b&ttl=Infinity", "ttl")]
    [InlineData("key=a&value=b&ttl=1e400", "ttl")]
    [InlineData("key=a&value=b&ttl=-1", "ttl")]
    [InlineData("key=a&value=b&ifRevision=-1", "ifRevision")]
    [InlineData("key=a&value=b&ifRevision=1.5", "ifRevision")]
    [InlineData("key=a&value=b&ifAbsent=1", "ifAbsent")]
    [InlineData("key=a&value=b&ifAbsent=true&ifRevision=0", "ifAbsent")]
    [InlineData("key=a&value=b&contentType=text", "contentType")]
    public void A_field_that_is_wrong_is_named(string form, string field)
    {
        var problem = FormSetReader.Read(Encoding.UTF8.GetBytes(form), out _)!;

        problem.Code.Should().Be(ErrorCode.InvalidRequest);
        problem.Errors!.Fields.Should().ContainSingle().Which.Key.Should().Be(field);
    }

    [Theory]
    [InlineData("key=%&value=b")]
    [InlineData("key=%ff&value=b")]
    [InlineData("key=é&value=b")]
    [InlineData("key=a&value=%zz")]
    [InlineData("%ff=a")]
    public void What_is_not_percent_encoded_utf_8_is_malformed(string form)
    {
        FormSetReader.Read(Encoding.UTF8.GetBytes(form), out _)!.Code.Should().Be(ErrorCode.MalformedRequest);
    }

    [Theory]
    [InlineData("{\"key\":\"a\"}")]
    [InlineData("  {}")]
    public void Json_that_curl_sends_as_a_form_is_told_what_to_do(string json)
    {
        FormSetReader.Read(Encoding.UTF8.GetBytes(json), out _)!.Detail.Should().Contain("Content-Type: application/json");
    }

    [Fact]
    public void Any_key_and_text_are_read_as_they_were_encoded()
    {
        Prop.ForAll(AnyText.Key.ToArbitrary(), AnyText.KeyOrNone.ToArbitrary(), (key, value) =>
        {
            var percent = Read($"key={Uri.EscapeDataString(key)}&value={Uri.EscapeDataString(value)}");
            var plus = Read($"value={System.Net.WebUtility.UrlEncode(value)}&key={System.Net.WebUtility.UrlEncode(key)}");

            Encoding.UTF8.GetString(percent.Key.Span).Should().Be(key);
            Encoding.UTF8.GetString(percent.Value.Span).Should().Be(value);
            plus.Key.ToArray().Should().Equal(percent.Key.ToArray());
            plus.Value.ToArray().Should().Equal(percent.Value.ToArray());
        }).QuickCheckThrowOnFailure();
    }

    private static SetRequest Read(string form)
    {
        var problem = FormSetReader.Read(Encoding.UTF8.GetBytes(form), out var request);
        problem?.Detail.Should().BeNull();
        return request;
    }
}
