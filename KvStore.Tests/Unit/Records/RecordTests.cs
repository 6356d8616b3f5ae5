using System.Buffers;
using System.Text;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Unit.Records;

public sealed class RecordTests
{
    private static readonly string[] Keys = ["k", "é/😀", new('k', 65_535)];
    private static readonly int[] ValueLengths = [0, 1, 70_000];
    private static readonly string[] TypesOfContent = ["", "a", new('t', 255)];
    private static readonly long[] Expiries = [0, 1, 1_700_000_000_123, long.MaxValue];
    private static readonly long[] Revisions = [0, 1, long.MaxValue];

    [Fact]
    public void Every_combination_of_fields_reads_back_as_written()
    {
        foreach (var key in Keys)
        {
            foreach (var valueLength in ValueLengths)
            {
                foreach (var contentType in TypesOfContent)
                {
                    foreach (var expiresAt in Expiries)
                    {
                        Reads_back_as_written(key, valueLength, contentType, expiresAt);
                    }
                }
            }
        }
    }

    [Fact]
    public void A_value_in_pieces_is_stored_whole()
    {
        var first = new Piece("ab"u8.ToArray(), 0);
        var last = first.Append("c"u8.ToArray()).Append([]).Append("defg"u8.ToArray());
        var value = new ReadOnlySequence<byte>(first, 0, last, 4);

        var bytes = Record.Encode("k"u8, value, default, 0);

        Encoding.UTF8.GetString(new Record(bytes).Value).Should().Be("abcdefg");
    }

    [Fact]
    public void The_layout_of_a_plain_record_never_changes()
    {
        var bytes = Encode("a"u8, "b"u8, default, expiresAt: 0, revision: 0x0807_0605_0403_0201);

        Convert.ToHexStringLower(bytes).Should().Be(
            "0102030405060708" + // revision
            "01000000" +         // value length
            "0100" +             // key length
            "00" +               // content type length
            "00" +               // flags
            "61" +               // key
            "62");               // value
    }

    [Fact]
    public void The_layout_of_a_record_with_every_field_never_changes()
    {
        var bytes = Encode("é"u8, "[1]"u8, "application/json"u8, expiresAt: 1_700_000_000_123, revision: 258);

        Convert.ToHexStringLower(bytes).Should().Be(
            "0201000000000000" +                 // revision
            "03000000" +                         // value length
            "0200" +                             // key length
            "10" +                               // content type length
            "01" +                               // flags: has an expiry
            "7b68e5cf8b010000" +                 // expiry
            "6170706c69636174696f6e2f6a736f6e" + // content type
            "c3a9" +                             // key
            "5b315d");                           // value
    }

    [Theory]
    [InlineData(65_536, 0)]
    [InlineData(1, 256)]
    public void A_field_too_long_for_its_width_is_refused_and_not_cut(int keyLength, int contentTypeLength)
    {
        var encode = () => Record.Encode(new byte[keyLength], default, new byte[contentTypeLength], 0);

        encode.Should().Throw<OverflowException>();
    }

    private static void Reads_back_as_written(string key, int valueLength, string contentType, long expiresAt)
    {
        var value = new byte[valueLength];
        new Random(valueLength).NextBytes(value);
        foreach (var revision in Revisions)
        {
            var bytes = Encode(Encoding.UTF8.GetBytes(key), value, Encoding.ASCII.GetBytes(contentType), expiresAt, revision);

            var record = new Record(bytes);
            record.Revision.Should().Be(revision);
            record.ExpiresAt.Should().Be(expiresAt);
            record.ValueLength.Should().Be(valueLength);
            Encoding.ASCII.GetString(record.ContentType).Should().Be(contentType);
            Encoding.UTF8.GetString(record.Key).Should().Be(key);
            record.Value.SequenceEqual(value).Should().BeTrue();
        }
    }

    private static byte[] Encode(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ReadOnlySpan<byte> contentType, long expiresAt, long revision)
    {
        var bytes = Record.Encode(key, new ReadOnlySequence<byte>(value.ToArray()), contentType, expiresAt);
        Record.StampRevision(bytes, revision);
        return bytes;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(byte[] bytes, long start)
        {
            Memory = bytes;
            RunningIndex = start;
        }

        public Piece Append(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
