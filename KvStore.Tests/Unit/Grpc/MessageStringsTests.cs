using System.Buffers;
using System.Text.Unicode;
using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Grpc;

public sealed class MessageStringsTests
{
    private static readonly byte[][] Texts =
    [
        [], "a"u8.ToArray(), "grüße, 你好, 👋🏽"u8.ToArray(), [0xC3], [0xBC], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x91],
        [0xF0, 0x9F, 0x91, 0x8B], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0x80], [0x61, 0xFF, 0x62], [0xE4, 0xBD, 0xA0, 0xE5],
    ];

    public static TheoryData<string> HexTexts => [.. Texts.Select(Convert.ToHexString)];

    [Theory]
    [MemberData(nameof(HexTexts))]
    public void A_text_is_utf8_or_not_wherever_it_is_cut(string hex)
    {
        var text = Convert.FromHexString(hex);
        for (var first = 0; first <= text.Length; first++)
        {
            for (var second = first; second <= text.Length; second++)
            {
                MessageStrings.IsUtf8(Cut(text, first, second)).Should().Be(Utf8.IsValid(text), $"cut at {first} and {second}");
            }
        }
    }

    [Fact]
    public void Random_bytes_are_utf8_exactly_where_the_library_says_so()
    {
        var random = new Random(1);
        for (var round = 0; round < 20_000; round++)
        {
            // Mostly continuations and beginnings of characters: whole ones come about by chance.
            var text = Enumerable.Range(0, random.Next(9)).Select(_ => (byte)random.Next(0x7F, 0x100)).ToArray();
            var first = random.Next(text.Length + 1);

            MessageStrings.IsUtf8(Cut(text, first, random.Next(first, text.Length + 1))).Should().Be(Utf8.IsValid(text), Convert.ToHexString(text));
        }
    }

    [Fact]
    public void A_message_whose_strings_are_utf8_is_taken_whatever_its_bytes_and_numbers_are()
    {
        var message = new SetRequest
        {
            Key = "grüße",
            Value = new string('ü', 300),
            ValueBytes = ByteString.CopyFrom(0xFF, 0xC3),
            TtlMs = -1,
            IfRevision = long.MaxValue,
        };

        MessageStrings.AreUtf8(new ReadOnlySequence<byte>(message.ToByteArray()), SetRequest.Descriptor).Should().BeTrue();
    }

    [Fact]
    public void A_string_deep_in_a_message_is_found()
    {
        var message = new BatchRequest { Operations = { new BatchOperation(), new BatchOperation { Set = new SetRequest { Key = "grüße", Value = "XY" } } } }.ToByteArray();
        MessageStrings.AreUtf8(new ReadOnlySequence<byte>(message), BatchRequest.Descriptor).Should().BeTrue();

        message.AsSpan().IndexOf("XY"u8).Should().BePositive();
        message[message.AsSpan().IndexOf("XY"u8)] = 0xC3;

        MessageStrings.AreUtf8(new ReadOnlySequence<byte>(message), BatchRequest.Descriptor).Should().BeFalse();
        MessageStrings.AreUtf8(Cut(message, 3, message.Length - 1), BatchRequest.Descriptor).Should().BeFalse();
    }

    [Fact]
    public void What_no_field_of_ours_is_may_be_anything()
    {
        // Field 99 as bytes, as a group with something in it, as fixed numbers.
        byte[] message = [0x9A, 0x06, 1, 0xFF, 0x9B, 0x06, 0x0A, 1, 0xFF, 0x9C, 0x06, 0x9D, 0x06, 0xFF, 1, 2, 3, 0x99, 0x06, 0xFF, 1, 2, 3, 4, 5, 6, 7, 0x0A, 1, 0x61];

        SetRequest.Parser.ParseFrom(message).Key.Should().Be("a");
        MessageStrings.AreUtf8(new ReadOnlySequence<byte>(message), SetRequest.Descriptor).Should().BeTrue();
        message[^1] = 0xFF;
        MessageStrings.AreUtf8(new ReadOnlySequence<byte>(message), SetRequest.Descriptor).Should().BeFalse();
    }

    private static ReadOnlySequence<byte> Cut(byte[] text, int first, int second)
    {
        var begin = new Segment(text.AsMemory(0, first), null);
        var end = new Segment(text.AsMemory(second), new Segment(text.AsMemory(first..second), begin));
        return new ReadOnlySequence<byte>(begin, 0, end, end.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
