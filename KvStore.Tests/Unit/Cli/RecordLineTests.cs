using System.Buffers;
using System.Text;
using KvStore.Cli.Records;
using KvStore.Cli.Transfer;
using KvStore.Grpc.KeyValue;

namespace KvStore.Tests.Unit.Cli;

public sealed class RecordLineTests
{
    [Fact]
    public void Every_member_is_read()
    {
        var record = Read(""" {"key":"a\u0062\n","value":"c\"","contentType":"text\/css","expiresAt":"2026-01-31T12:00:00.5Z","revision":7} """);

        record.Key.Should().Be("ab\n");
        record.ValueBytes.ToStringUtf8().Should().Be("c\"");
        record.ContentType.Should().Be("text/css");
        record.ExpiresAt.Should().Be(new DateTimeOffset(2026, 1, 31, 12, 0, 0, 500, TimeSpan.Zero).ToUnixTimeMilliseconds());
        record.HasIfRevision.Should().BeFalse();
    }

    [Theory]
    [InlineData("""{"key":"a","base64":""}""", "", "")]
    [InlineData("""{"key":"a","base64":"AP8="}""", "00FF", "")]
    [InlineData("""{"key":"a","base64":"\/\/8="}""", "FFFF", "")]
    [InlineData("""{"key":"a","value":""}""", "", "")]
    [InlineData("""{"key":"a","value":"\ud83d\ude00"}""", "F09F9880", "")]
    [InlineData("""{"key":"a","value": 1.50}""", "312E3530", "application/json")]
    [InlineData("""{"key":"a","value":[ 1]}""", "5B20315D", "application/json")]
    [InlineData("""{"contentType":"text/css","key":"a","value":{}}""", "7B7D", "text/css")]
    public void A_value_is_its_bytes_and_its_type(string line, string bytes, string contentType)
    {
        Convert.ToHexString(Read(line).ValueBytes.Span).Should().Be(bytes);
        Read(line).ContentType.Should().Be(contentType);
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 1)]
    [InlineData("1970-01-01T00:00:00.0030001Z", 4)]
    [InlineData("1970-01-01T01:00:00.003+01:00", 3)]
    [InlineData("9999-12-31T23:59:59.9999999Z", 253_402_300_799_999)]
    public void A_time_is_rounded_up_and_never_stands_for_never(string time, long milliseconds) =>
        Read($$"""{"key":"a","value":"","expiresAt":"{{time}}"}""").ExpiresAt.Should().Be(milliseconds);

    [Theory]
    [InlineData("x", "is not JSON*byte 1")]
    [InlineData("""{"key":"a","value":"b"}}""", "is not JSON*")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("{}", "key is required")]
    [InlineData("""{"key":"","value":"b"}""", "key must not be empty")]
    [InlineData("""{"key":null,"value":"b"}""", "key must be a string")]
    [InlineData("""{"key":"a"}""", "value is required, or base64")]
    [InlineData("""{"key":"a","value":null}""", "value must not be null")]
    [InlineData("""{"key":"a","value":"b","base64":"AA=="}""", "value cannot be combined with base64")]
    [InlineData("""{"key":"a","base64":"AA"}""", "base64 must be*")]
    [InlineData("""{"key":"a","base64":null}""", "base64 must be*")]
    [InlineData("""{"key":"a","value":"b","contentType":"text"}""", "contentType must be*")]
    [InlineData("""{"key":"a","value":"b","contentType":"a/b\r\nc"}""", "contentType must be*")]
    [InlineData("""{"key":"a","value":"b","expiresAt":"2026-01-31"}""", "expiresAt must be*")]
    [InlineData("""{"key":"a","value":"b","expiresAt":"2026-01-31T12:00:00"}""", "expiresAt must be*")]
    [InlineData("""{"key":"a","value":"b","expiresAt":1}""", "expiresAt must be*")]
    [InlineData("""{"key":"a","value":"b","revision":"7"}""", "revision must be*")]
    [InlineData("""{"key":"a","key":"b","value":"c"}""", "key is given more than once")]
    [InlineData("""{"key":"a","value":"b","ttl":1}""", "ttl is not a member*")]
    [InlineData("""{"key":"\ud800","value":"b"}""", "has text that is not Unicode")]
    public void What_is_wrong_is_named(string line, string message) =>
        ((Action)(() => Read(line))).Should().Throw<FormatException>().WithMessage(message);

    [Fact]
    public void A_value_that_has_a_member_twice_is_kept_as_it_stands() =>
        Read("""{"key":"a","value":{"b":1,"b":2}}""").ValueBytes.ToStringUtf8().Should().Be("""{"b":1,"b":2}""");

    [Fact]
    public void Bytes_that_are_not_utf_8_are_wrong() =>
        ((Action)(() => RecordLine.Read(new ReadOnlySequence<byte>([.. "{\"key\":\""u8, 0xFF, .. "\",\"value\":\"\"}"u8]))))
            .Should().Throw<FormatException>();

    [Fact]
    public async Task What_is_written_is_read_again()
    {
        StoredRecord[] records =
        [
            new("a", "text \" é 😀"u8.ToArray(), "text/plain; charset=utf-8", 1, 0),
            new("b\n", new byte[] { 0, 255 }, "image/png", 2, 1_767_225_600_001),
            new("c", Array.Empty<byte>(), "application/json", 3, 253_402_300_799_999),
        ];
        using var output = new MemoryStream();
        using (var writer = new ExportWriter(output))
        {
            foreach (var record in records)
            {
                await writer.WriteAsync(record, default);
            }

            await writer.FlushAsync(default);
        }

        output.Position = 0;
        var lines = new LineReader(output);
        foreach (var record in records)
        {
            var line = await lines.ReadAsync(default);
            RecordLine.Read(line!.Value).Should().BeEquivalentTo(new SetRequest
            {
                Key = record.Key,
                ValueBytes = Google.Protobuf.ByteString.CopyFrom(record.Value.Span),
                ContentType = record.ContentType,
                ExpiresAt = record.ExpiresAt,
            });
        }

        (await lines.ReadAsync(default)).Should().BeNull();
    }

    private static SetRequest Read(string line) => RecordLine.Read(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(line)));
}
