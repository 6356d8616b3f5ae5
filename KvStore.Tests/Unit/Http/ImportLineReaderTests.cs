using System.Text;
using KvStore.Api.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class ImportLineReaderTests
{
    private const string Whole =
        """ {"key":"a\u0062\n","value":"c\"","contentType":"text\/css","expiresAt":"2026-01-31T12:00:00.5Z","revision":7} """;

    [Fact]
    public void Every_member_is_read()
    {
        var record = Read(Whole);

        Text(record.Key).Should().Be("ab\n");
        Text(record.Value).Should().Be("c\"");
        record.Options.ContentType.Should().Be("text/css");
        record.Options.ExpiresAt.Should().Be(new DateTimeOffset(2026, 1, 31, 12, 0, 0, 500, TimeSpan.Zero).ToUnixTimeMilliseconds());
        record.Options.Ttl.Should().BeNull();
        record.Options.Condition.IsNone.Should().BeTrue();
    }

    [Fact]
    public void A_line_that_is_cut_off_is_wrong_wherever_that_is()
    {
        var line = Encoding.UTF8.GetBytes(Whole.Trim());
        for (var length = 0; length < line.Length; length++)
        {
            var reader = new ImportLineReader();
            reader.TryRead(line.AsMemory(0, length), out _).Should().BeFalse();
            reader.Errors.IsEmpty.Should().BeFalse();
        }
    }

    [Theory]
    [InlineData("""{"key":"a","base64":""}""", "")]
    [InlineData("""{"key":"a","base64":"AP8="}""", "00FF")]
    [InlineData("""{"key":"a","base64":"\/\/8="}""", "FFFF")]
    [InlineData("""{"key":"a","base64":"\u002B/8="}""", "FBFF")]
    [InlineData("""{"key":"a","value":""}""", "")]
    [InlineData("""{"key":"a","value":"\ud83d\ude00"}""", "F09F9880")]
    [InlineData("""{"key":"a","value": 1.50}""", "312E3530")]
    [InlineData("""{"key":"a","value":[ 1]}""", "5B20315D")]
    public void A_value_is_its_bytes(string line, string bytes) => Convert.ToHexString(Read(line).Value.Span).Should().Be(bytes);

    [Theory]
    [InlineData("""{"key":"a","value":"1"}""", null)]
    [InlineData("""{"key":"a","value":1}""", "application/json")]
    [InlineData("""{"key":"a","value":{},"contentType":"text/css"}""", "text/css")]
    [InlineData("""{"key":"a","base64":"AA==","contentType":"text/plain; charset=utf-8"}""", null)]
    public void A_content_type_is_what_the_line_says_or_what_the_value_is(string line, string? contentType) =>
        Read(line).Options.ContentType.Should().Be(contentType);

    [Fact]
    public void Each_line_has_its_own_content_type()
    {
        var reader = new ImportLineReader();
        foreach (var type in (string?[])["text/css", "text/css", "text/html", null, "text/css"])
        {
            var member = type is null ? "" : $",\"contentType\":\"{type}\"";
            reader.TryRead(Encoding.UTF8.GetBytes($"{{\"key\":\"a\",\"value\":\"\"{member}}}"), out var record).Should().BeTrue();
            record.Options.ContentType.Should().Be(type);
        }
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 1)]
    [InlineData("0001-01-01T00:00:00Z", 1)]
    [InlineData("1970-01-01T00:00:00.0030001Z", 4)]
    [InlineData("1970-01-01T01:00:00.003+01:00", 3)]
    [InlineData("1970-01-01T01:00:00.003\\u002b01:00", 3)]
    [InlineData("9999-12-31T23:59:59.9999999Z", 253_402_300_799_999)]
    public void A_time_is_rounded_up_and_never_stands_for_never(string time, long milliseconds) =>
        Read($$"""{"key":"a","value":"","expiresAt":"{{time}}"}""").ExpiresAt.Should().Be(milliseconds);

    [Theory]
    [InlineData("", "record")]
    [InlineData("x", "record")]
    [InlineData("[]", "record")]
    [InlineData("\"a\"", "record")]
    [InlineData("null", "record")]
    [InlineData("{}", "key", "value")]
    [InlineData("""{"key":"a","value":"b"}}""", "record")]
    [InlineData("""{"key":"a","value":"b"}{}""", "record")]
    [InlineData("""{"key":"a","value":"b",}""", "record")]
    [InlineData("""{"key":"a","value":"\ud800"}""", "record")]
    [InlineData("""{"\ud800":1,"key":"a","value":""}""", "record")]
    [InlineData("""{"key":"a"}""", "value")]
    [InlineData("""{"value":"a"}""", "key")]
    [InlineData("""{"key":"","value":"b"}""", "key")]
    [InlineData("""{"key":null,"value":"b"}""", "key")]
    [InlineData("""{"key":["a"],"value":"b"}""", "key")]
    [InlineData("""{"key":"a","value":null}""", "value")]
    [InlineData("""{"key":"a","value":"b","base64":"AA=="}""", "value")]
    [InlineData("""{"key":"a","base64":"A"}""", "base64")]
    [InlineData("""{"key":"a","base64":"AA"}""", "base64")]
    [InlineData("""{"key":"a","base64":"-_8="}""", "base64")]
    [InlineData("""{"key":"a","base64":"AA==AA=="}""", "base64")]
    [InlineData("""{"key":"a","base64":{"value":1}}""", "base64")]
    [InlineData("""{"key":"a","base64":null}""", "base64")]
    [InlineData("""{"key":"a","value":"b","contentType":null}""", "contentType")]
    [InlineData("""{"key":"a","value":"b","contentType":""}""", "contentType")]
    [InlineData("""{"key":"a","value":"b","contentType":"text"}""", "contentType")]
    [InlineData("""{"key":"a","value":"b","contentType":"a/b\r\nSet-Cookie: x"}""", "contentType")]
    [InlineData("""{"key":"a","value":"b","expiresAt":null}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","expiresAt":1}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","expiresAt":""}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","expiresAt":"2026-01-31"}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","expiresAt":"2026-01-31T12:00:00"}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","expiresAt":"2026-02-30T12:00:00Z"}""", "expiresAt")]
    [InlineData("""{"key":"a","value":"b","revision":"7"}""", "revision")]
    [InlineData("""{"key":"a","value":"b","revision":null}""", "revision")]
    [InlineData("""{"key":"a","key":"b","value":"c"}""", "key")]
    [InlineData("""{"key":"a","value":"b","ttl":1}""", "ttl")]
    [InlineData("""{"key":"a","vale":{"b":[1]}}""", "vale", "value")]
    public void What_is_wrong_is_named(string line, params string[] members)
    {
        var reader = new ImportLineReader();

        reader.TryRead(Encoding.UTF8.GetBytes(line), out _).Should().BeFalse();

        reader.Errors.Fields.Select(field => field.Key).Should().Equal(members);
    }

    [Fact]
    public void Bytes_that_are_not_utf_8_are_wrong()
    {
        var reader = new ImportLineReader();

        reader.TryRead("{\"key\":\"\u00ff\",\"value\":\"\"}".Select(character => (byte)character).ToArray(), out _).Should().BeFalse();

        reader.Errors.Lines.Should().Equal("record is not UTF-8");
    }

    [Fact]
    public void Json_nested_too_deep_is_wrong()
    {
        var reader = new ImportLineReader();

        reader.TryRead(Encoding.UTF8.GetBytes("{\"key\":\"a\",\"value\":" + new string('[', 10_000)), out _).Should().BeFalse();

        reader.Errors.Lines.Should().ContainSingle().Which.Should().StartWith("record is not JSON, or is nested deeper");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(" \t\r", true)]
    [InlineData(" {", false)]
    [InlineData("\0", false)]
    public void A_line_of_white_space_is_blank(string line, bool isBlank) =>
        ImportLineReader.IsBlank(Encoding.UTF8.GetBytes(line)).Should().Be(isBlank);

    private static ImportRecord Read(string line)
    {
        var reader = new ImportLineReader();
        reader.TryRead(Encoding.UTF8.GetBytes(line), out var record).Should().BeTrue(string.Join("; ", reader.Errors.Lines));
        return record;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
