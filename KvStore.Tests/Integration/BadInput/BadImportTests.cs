using System.Text;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

public sealed class BadImportTests : IDisposable
{
    private const string Head = "POST /import HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n";
    private const string Good = "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\",\"value\":\"2\"}\n";
    private const int MaxValueBytes = 1_000;
    private const int MaxKeyBytes = 100;
    private const int MaxLineBytes = (6 * (MaxKeyBytes + MaxValueBytes)) + 4_096;

    private readonly ServiceFactory _service = new ServiceFactory()
        .With("KvStore:Limits:MaxValueBytes", MaxValueBytes)
        .With("KvStore:Limits:MaxKeyBytes", MaxKeyBytes);

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData(0, 0, 0, 200)]
    [InlineData(MaxKeyBytes - 1, MaxValueBytes, 0, 200)]
    [InlineData(MaxKeyBytes, 0, 0, 422, "key is longer than 100 bytes")]
    [InlineData(0, MaxValueBytes + 1, 0, 422, "value is longer than 1000 bytes")]
    [InlineData(0, 0, MaxLineBytes - 22, 200)]
    [InlineData(0, 0, MaxLineBytes - 21, 422, "record is longer than 10696 bytes")]
    public void What_is_too_long_is_a_bad_line(int keyBytes, int valueBytes, int spaces, int status, string why = "")
    {
        var line = $"{{\"key\":\"a{new string('a', keyBytes)}\",\"value\":\"{new string('v', valueBytes)}\"}}{new string(' ', spaces)}\n";

        var answer = Import(Good + line);

        answer.Status.Should().Be(status, answer.Body);
        Imported(answer).Should().Be(status == 200 ? 3 : 2);
        if (status != 200)
        {
            answer.Body.Should().Contain($"Line 3: {why}.");
        }
    }

    [Theory]
    [InlineData(' ')]
    [InlineData('x')]
    [InlineData('[')]
    public void A_line_without_end_is_refused_long_before_it_ends(char character)
    {
        var body = Transfer.Gzip([.. Encoding.ASCII.GetBytes(Good), .. Enumerable.Repeat((byte)character, 50_000_000)]);

        var answer = RawConnection.Exchange(_service.Address, Request(body, "Content-Encoding: gzip\r\n"));

        answer.Status.Should().Be(422);
        answer.Body.Should().Contain("Line 3: record is longer than");
        Imported(answer).Should().Be(2);
        Count().Should().Be(2);
    }

    [Fact]
    public void Millions_of_empty_lines_in_a_few_bytes_are_only_that()
    {
        var body = Transfer.Gzip([.. Enumerable.Repeat((byte)'\n', 20_000_000), .. Encoding.ASCII.GetBytes(Good), (byte)'x']);

        var answer = RawConnection.Exchange(_service.Address, Request(body, "Content-Encoding: gzip\r\n"));

        answer.Status.Should().Be(422);
        JsonDocument.Parse(answer.Body).RootElement.GetProperty("line").GetInt64().Should().Be(20_000_003);
    }

    [Fact]
    public void Gzip_that_ends_early_anywhere_or_is_damaged_or_is_none_is_refused()
    {
        var whole = Transfer.Gzip(Encoding.ASCII.GetBytes(Good));
        for (var length = 1; length < whole.Length; length++)
        {
            var answer = RawConnection.Exchange(_service.Address, Request(whole[..length], "Content-Encoding: gzip\r\n"));
            answer.Status.Should().Be(400);
            answer.Code.Should().Be("malformed-request");
            Imported(answer).Should().BeOneOf(0, 1, 2);
        }

        byte[] damaged = [.. whole];
        damaged[^6] ^= 1;
        RawConnection.Exchange(_service.Address, Request(damaged, "Content-Encoding: gzip\r\n")).Status.Should().Be(400, "its checksum is wrong");
        RawConnection.Exchange(_service.Address, Request(Encoding.ASCII.GetBytes(Good), "Content-Encoding: gzip\r\n")).Status.Should().Be(400);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_000)]
    public void What_comes_after_gzip_and_is_none_is_refused_and_not_passed_over(int lines)
    {
        var gzip = Transfer.Gzip(Encoding.ASCII.GetBytes(Good));
        var plain = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"key\":\"c\",\"value\":\"3\"}\n", lines)));
        byte[] after = [.. gzip, .. plain];
        var chunked = $"{gzip.Length:x}\r\n{Encoding.Latin1.GetString(gzip)}\r\n{plain.Length:x}\r\n{Encoding.Latin1.GetString(plain)}\r\n0\r\n\r\n";

        foreach (var answer in (RawAnswer[])
            [
                RawConnection.Exchange(_service.Address, Request(after, "Content-Encoding: gzip\r\n")),
                RawConnection.Exchange(_service.Address, Encoding.Latin1.GetBytes(Head + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)),
            ])
        {
            answer.Status.Should().Be(400, answer.Body);
            answer.Code.Should().Be("malformed-request");
            Imported(answer).Should().Be(2, "these had come");
        }

        Count().Should().Be(2);
    }

    [Theory]
    [InlineData("If-Match: *\r\n", "", 400)]
    [InlineData("If-None-Match: \"1\"\r\n", "", 400)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", "", 400)]
    [InlineData("", "?limit=1", 422)]
    [InlineData("", "?a=%FF", 400)]
    public void What_an_import_does_not_take_is_refused_before_a_line_is_read(string header, string query, int status)
    {
        var length = header.StartsWith("Transfer", StringComparison.Ordinal) ? "" : $"Content-Length: {Good.Length}\r\n";
        var body = length.Length == 0 ? $"{Good.Length:x}\r\n{Good}\r\n0\r\n\r\n" : Good;

        var answer = RawConnection.Exchange(_service.Address, Head.Replace("/import", "/import" + query, StringComparison.Ordinal) + header + length + "\r\n" + body);

        answer.Status.Should().Be(status);
        Count().Should().Be(0);
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n", "2e\r\n" + Good + "\r\nx\r\n", 400)]
    [InlineData("Content-Length: 1000\r\n", Good + "{\"key\":\"c\",\"value\":\"3\"}", 400)]
    [InlineData("Content-Length: 1000\r\n", Good + "{\"key\":\"c\",\"val", 400)]
    public void A_body_that_breaks_off_leaves_what_was_told(string header, string body, int status)
    {
        using var connection = new RawConnection(_service.Address);
        connection.Send(Head + header + "\r\n" + body);
        connection.EndSending();

        var answer = connection.Read();

        // The server may throw away what came just before the end: whole lines, or none.
        answer.Status.Should().BeOneOf(0, status);
        var count = CountWhenNoneIsInProgress();
        count.Should().BeOneOf(0, 2);
        if (answer.Status != 0)
        {
            Imported(answer).Should().Be(count, "that is what was told");
        }
    }

    [Fact]
    public void A_body_that_comes_too_slowly_is_a_timeout_that_says_what_was_imported()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var connection = new RawConnection(service.Address);
        connection.Send(Head + "Content-Length: 1000\r\n\r\n" + Good + "{");

        var answer = connection.Read();

        answer.Status.Should().Be(408);
        answer.Code.Should().Be("request-timeout");
        Imported(answer).Should().Be(2);
    }

    [Fact]
    public void An_answer_to_a_bad_line_is_read_by_a_client_that_goes_on_sending()
    {
        using var connection = new RawConnection(_service.Address);
        connection.Send(Head + $"Content-Length: {3 + 10_000_000}\r\n\r\nx\n" + new string(' ', 1_000_001));
        connection.Send(new string(' ', 9_000_000));

        connection.Read().Status.Should().Be(422);
    }

    [Fact]
    public void There_is_no_limit_on_the_whole()
    {
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"key\":\"{i}\",\"value\":\"{new string('v', 900)}\"}}\n"));

        Imported(Import(lines)).Should().Be(20_000);
        Count().Should().Be(20_000);
    }

    private RawAnswer Import(string lines) => RawConnection.Exchange(_service.Address, Request(Encoding.UTF8.GetBytes(lines)));

    private static byte[] Request(byte[] body, string headers = "") =>
        [.. Encoding.ASCII.GetBytes($"{Head}{headers}Content-Length: {body.Length}\r\n\r\n"), .. body];

    private static long Imported(RawAnswer answer) => JsonDocument.Parse(answer.Body).RootElement.GetProperty("imported").GetInt64();

    private long Count() => JsonDocument.Parse(RawConnection.Exchange(_service.Address, "GET /count HTTP/1.1\r\nHost: a\r\n\r\n").Body)
        .RootElement.GetProperty("count").GetInt64();

    /// <summary>How many keys there are when no import is in progress any more: a client that has gone is not answered.</summary>
    private long CountWhenNoneIsInProgress()
    {
        while (RawConnection.Exchange(_service.Address, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").Body
            .Contains("{method=\"POST\",endpoint=\"/import\"} 1", StringComparison.Ordinal))
        {
        }

        return Count();
    }
}
