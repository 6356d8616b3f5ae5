using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Http;

public sealed class JsonSetReaderTests
{
    private const string Whole =
        """ {"key":"a\u0062\n","value":{"b":[1,"\"",null]},"ttl":1.5,"contentType":"text/css","ifRevision":7,"ifAbsent":false} """;

    [Fact]
    public void Every_member_is_read()
    {
        var request = Read(Whole);

        Encoding.UTF8.GetString(request.Key.Span).Should().Be("ab\n");
        Encoding.UTF8.GetString(request.Value.Span).Should().Be("""{"b":[1,"\"",null]}""");
        request.Options.Ttl.Should().Be(TimeSpan.FromSeconds(1.5));
        request.Options.ContentType.Should().Be("text/css");
        request.Options.Condition.Holds(7).Should().BeTrue();
        request.Options.Condition.Holds(8).Should().BeFalse();
    }

    [Theory]
    [InlineData("1")]
    [InlineData("-0.5")]
    [InlineData("1e3")]
    [InlineData("12345678901234567890123")]
    public void A_numeric_key_is_its_text(string number)
    {
        Encoding.UTF8.GetString(Read($$"""{"key":{{number}},"value":""}""").Key.Span).Should().Be(number);
    }

    [Theory]
    [InlineData("\"x\"", null)]
    [InlineData("\"[1]\"", null)]
    [InlineData("1", "application/json")]
    [InlineData("false", "application/json")]
    [InlineData("[ 1 ]", "application/json")]
    [InlineData("{ }", "application/json")]
    public void What_is_no_string_is_json(string value, string? contentType)
    {
        var request = Read($$"""{"key":"a","value": {{value}} }""");

        request.Options.ContentType.Should().Be(contentType);
        Encoding.UTF8.GetString(request.Value.Span).Should().Be(value.Trim('"'));
    }

    [Theory]
    [InlineData("0.0001", 1)]
    [InlineData("1e-300", 1)]
    [InlineData("0.0015", 2)]
    [InlineData("60", 60_000)]
    [InlineData("3155760000", 3_155_760_000_000)]
    public void A_ttl_is_rounded_up_to_a_millisecond(string ttl, long milliseconds)
    {
        Read($$"""{"key":"a","value":"","ttl":{{ttl}}}""").Options.Ttl.Should().Be(TimeSpan.FromMilliseconds(milliseconds));
    }

    [Theory]
    [InlineData("""{"key":"a","value":"","ttl":3155760000.1}""", "ttl")]
    [InlineData("""{"key":"a","value":"","ttl":[1,{"a":2}]}""", "ttl")]
    [InlineData("""{"key":[1],"value":""}""", "key")]
    [InlineData("""{"key":"a","value":"","k\u0065y":"b"}""", "key")]
    [InlineData("""{"key":"a","value":"","ifAbsent":{}}""", "ifAbsent")]
    [InlineData("""{"key":"a","value":"","ifRevision":[[]]}""", "ifRevision")]
    [InlineData("""{"key":"a","value":"","contentType":{}}""", "contentType")]
    [InlineData("""{"key":"a","value":"","tll":{"ttl":1}}""", "tll")]
    [InlineData("""["key"]""", "body")]
    public void A_wrong_member_alone_is_named_and_what_it_holds_is_not(string json, string field)
    {
        var problem = Fail(json);

        problem.Code.Should().Be(ErrorCode.InvalidRequest);
        problem.Errors!.Fields.Should().ContainSingle().Which.Key.Should().Be(field);
    }

    [Fact]
    public void All_wrong_members_are_named_at_once()
    {
        Fail("""{"value":null,"ttl":0,"tll":1}""").Errors!.Fields.Select(field => field.Key)
            .Should().BeEquivalentTo("key", "value", "ttl", "tll");
    }

    [Fact]
    public void Nesting_is_taken_to_64_levels()
    {
        Encoding.UTF8.GetString(Read(Nested(63)).Value.Span).Should().Be(new string('[', 63) + new string(']', 63));
        Fail(Nested(64)).Code.Should().Be(ErrorCode.MalformedJson);

        static string Nested(int levels) => $$"""{"key":"a","value":{{new string('[', levels)}}{{new string(']', levels)}}}""";
    }

    [Fact]
    public void A_malformed_body_is_told_where_it_is_so_by_line_and_byte()
    {
        Fail("{\n \"key\" 1}").Detail.Should().Contain("line 2, byte 8");
    }

    [Fact]
    public void A_body_that_is_cut_short_anywhere_is_malformed()
    {
        var json = Whole.Trim();
        for (var length = 0; length < json.Length; length++)
        {
            Fail(json[..length]).Code.Should().Be(ErrorCode.MalformedJson, json[..length]);
        }
    }

    [Fact]
    public void Any_byte_in_any_place_is_read_or_refused()
    {
        var body = Encoding.UTF8.GetBytes(Whole);
        for (var place = 0; place < body.Length; place++)
        {
            for (var other = 0; other <= byte.MaxValue; other++)
            {
                var changed = (byte[])body.Clone();
                changed[place] = (byte)other;

                var problem = JsonSetReader.Read(changed, new byte[changed.Length], out var request);

                if (problem is null)
                {
                    request.Key.IsEmpty.Should().BeFalse();
                }
                else
                {
                    problem.Code.Should().BeOneOf(ErrorCode.MalformedJson, ErrorCode.InvalidRequest);
                }
            }
        }
    }

    [Fact]
    public void Any_key_and_text_are_read_as_they_were_written_escaped_or_not()
    {
        var relaxed = new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        Prop.ForAll(AnyText.Key.ToArbitrary(), AnyText.KeyOrNone.ToArbitrary(), (key, value) =>
        {
            foreach (var options in new[] { JsonSerializerOptions.Default, relaxed })
            {
                var request = Read(JsonSerializer.Serialize(new { key, value }, options));

                Encoding.UTF8.GetString(request.Key.Span).Should().Be(key);
                Encoding.UTF8.GetString(request.Value.Span).Should().Be(value);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static SetRequest Read(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var problem = JsonSetReader.Read(body, new byte[body.Length], out var request);
        problem?.Detail.Should().BeNull();
        return request;
    }

    private static Problem Fail(string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        return JsonSetReader.Read(body, new byte[body.Length], out _)!;
    }
}
