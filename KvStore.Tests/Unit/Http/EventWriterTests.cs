using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Core.Changes;
using KvStore.Core.Watching;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Http;

public sealed class EventWriterTests
{
    [Fact]
    public void A_stream_begins_with_the_revision_and_the_history()
    {
        Written(events => events.WriteReady(7, "history")).Should().Be(
            """
            id: 7
            event: ready
            data: {"revision":7,"historyId":"history"}


            """);
    }

    [Fact]
    public void A_set_has_the_value_and_what_goes_with_it()
    {
        Written(events => events.WriteChange(Set("greeting", "hello"u8.ToArray(), expiresAt: 1_767_225_600_123))).Should().Be(
            """
            id: 7
            event: set
            data: {"key":"greeting","value":"hello","contentType":"text/plain","revision":7,"timestamp":5,"expiresAt":"2026-01-01T00:00:00.123Z"}


            """);
    }

    [Theory]
    [InlineData(ChangeKind.Delete, "delete")]
    [InlineData(ChangeKind.Expire, "expire")]
    public void What_ends_a_key_has_no_value(ChangeKind kind, string name)
    {
        Written(events => events.WriteChange(new WatchedChange { Kind = kind, Revision = long.MaxValue, Timestamp = 5, Key = "a"u8 })).Should().Be(
            $$"""
            id: 9223372036854775807
            event: {{name}}
            data: {"key":"a","revision":9223372036854775807,"timestamp":5}


            """);
    }

    [Fact]
    public void An_end_says_from_where_to_resume()
    {
        Written(events => events.WriteEnd("fell-behind"u8, 7)).Should().Be("id: 7\nevent: fell-behind\ndata: {\"revision\":7}\n\n");
    }

    [Fact]
    public void A_comment_brings_the_id_up_to_date_and_is_no_event()
    {
        Written(events => events.WriteComment(7)).Should().Be(":\nid: 7\n\n");
    }

    [Theory]
    [InlineData("a\n\nevent: delete\ndata: {}\n\n")]
    [InlineData("a\r\rdata: x\r\r")]
    [InlineData("a\r\n\r\n:")]
    [InlineData("\u0085\u2028\u2029\0\ufeff")]
    [InlineData("\"\\</script>")]
    public void No_key_or_value_breaks_out_of_its_event(string text)
    {
        ShouldComeBack(text, Encoding.UTF8.GetBytes(text));
    }

    [Fact]
    public void Any_key_and_value_come_back_as_they_were() =>
        Prop.ForAll(Arb.From(AnyText.Key), Arb.From(AnyText.Value), ShouldComeBack).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\n")]
    [InlineData("日")]
    [InlineData("🔑")]
    [InlineData(null)]
    public async Task A_long_value_is_sent_in_pieces_and_comes_back_as_it_was(string? character)
    {
        var value = character is null
            ? [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))]
            : Encoding.UTF8.GetBytes("a" + string.Concat(Enumerable.Repeat(character, 100_000)));
        var sent = new ArrayBufferWriter<byte>();
        using var events = new EventWriter(sent);
        var most = 0L;

        await events.WriteLongAsync(Begin(events, value), () =>
        {
            most = Math.Max(most, events.Pending);
            events.MarkFlushed();
            return new(true);
        });

        most.Should().BeInRange(1, 128 * 1_024, "the rest waits until these are sent");
        ShouldBe(sent.WrittenSpan, "key", value);

        static EventTail Begin(EventWriter events, byte[] value)
        {
            EventWriter.IsLong(Set("key", value)).Should().BeTrue();
            return events.BeginChange(Set("key", value));
        }
    }

    [Fact]
    public async Task A_long_value_that_nobody_wants_any_more_is_not_written_on()
    {
        var sent = new ArrayBufferWriter<byte>();
        using var events = new EventWriter(sent);
        var tail = events.BeginChange(Set("key", new byte[10_000_000]));

        (await events.WriteLongAsync(tail, () => new(false))).Should().BeFalse();

        sent.WrittenCount.Should().BeLessThan(128 * 1_024);
    }

    [Fact]
    public void Pending_is_what_was_written_since_the_last_flush()
    {
        var sent = new ArrayBufferWriter<byte>();
        using var events = new EventWriter(sent);

        events.WriteChange(Set("key", "value"u8.ToArray()));
        events.WriteComment(1);
        events.Pending.Should().Be(sent.WrittenCount);

        events.MarkFlushed();
        events.Pending.Should().Be(0);
        events.WriteReady(1, "");
        events.WriteEnd("draining"u8, 2);
        events.Pending.Should().BePositive().And.BeLessThan(sent.WrittenCount);
    }

    [Fact]
    public void Writing_an_event_allocates_nothing()
    {
        var sent = new ArrayBufferWriter<byte>(4_096);
        using var events = new EventWriter(sent);
        var value = "value"u8.ToArray();
        Write(1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Write(10_000);

        // Less than a byte an event: a recompiled loop may leave something once.
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000);

        void Write(int count)
        {
            for (var i = 0; i < count; i++)
            {
                sent.ResetWrittenCount();
                events.WriteChange(new WatchedChange
                {
                    Kind = ChangeKind.Set,
                    Revision = i,
                    Timestamp = 5,
                    Key = "key"u8,
                    ValueMemory = value,
                    ContentType = "text/plain",
                    ExpiresAt = 1,
                });
            }
        }
    }

    private static void ShouldComeBack(string key, byte[] value)
    {
        var sent = new ArrayBufferWriter<byte>();
        using var events = new EventWriter(sent);
        events.WriteChange(Set(key, value));
        ShouldBe(sent.WrittenSpan, key, value);
    }

    private static void ShouldBe(ReadOnlySpan<byte> sent, string key, byte[] value)
    {
        // What ends a line in a stream of events is a line feed, a carriage return, or both.
        var lines = Encoding.UTF8.GetString(sent).Split('\n', '\r');
        lines.Should().HaveCount(5);
        lines[..2].Should().Equal("id: 7", "event: set");
        lines[3..].Should().Equal("", "");

        var data = JsonDocument.Parse(lines[2]["data: ".Length..]).RootElement;
        data.GetProperty("key").GetString().Should().Be(key);
        if (Utf8.IsValid(value))
        {
            data.GetProperty("value").GetString().Should().Be(Encoding.UTF8.GetString(value));
        }
        else
        {
            data.GetProperty("base64").GetBytesFromBase64().Should().Equal(value);
        }
    }

    private static WatchedChange Set(string key, byte[] value, long expiresAt = 0) => new()
    {
        Kind = ChangeKind.Set,
        Revision = 7,
        Timestamp = 5,
        Key = Encoding.UTF8.GetBytes(key),
        ValueMemory = value,
        ContentType = "text/plain",
        ExpiresAt = expiresAt,
    };

    private static string Written(Action<EventWriter> write)
    {
        var sent = new ArrayBufferWriter<byte>();
        using var events = new EventWriter(sent);
        write(events);
        return Encoding.UTF8.GetString(sent.WrittenSpan);
    }
}
