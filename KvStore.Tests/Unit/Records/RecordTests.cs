using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Records;
using Record = KvStore.Core.Records.Record;

namespace KvStore.Tests.Unit.Records;

public sealed class RecordTests
{
    [Theory]
    [InlineData(0, null, 0)]
    [InlineData(1, null, 1)]
    [InlineData(255, "application/json", 0)]
    [InlineData(256, "image/svg+xml", 1_900_000_000_000)]
    [InlineData(65_535, "application/octet-stream", 5)]
    [InlineData(65_536, "x/y", long.MaxValue)]
    [InlineData(16_777_216, null, 5)]
    public void A_record_reads_back_as_written(int length, string? contentType, long expiresAt)
    {
        const long Revision = (1L << 50) - 1;
        var value = new byte[length];
        new Random(length).NextBytes(value);

        var bytes = Written(Revision, value, contentType, expiresAt);

        Record.TryRead(bytes, out var record).Should().BeTrue();
        record.Revision.Should().Be(Revision);
        record.ExpiresAt.Should().Be(expiresAt);
        record.Value.SequenceEqual(value).Should().BeTrue();
        ContentTypes.Decode(record.ContentTypeCode, record.ContentTypeText).Should().Be(contentType ?? ContentTypes.Default);
    }

    [Fact]
    public void A_small_record_costs_eight_bytes_beside_its_value()
    {
        Record.Size(32, ContentTypes.Encode(null), expiresAt: 0).Should().Be(40);
        Record.Size(32, ContentTypes.Encode(ContentTypes.Json), expiresAt: 0).Should().Be(40);
        Record.Size(32, ContentTypes.Encode(null), expiresAt: 1).Should().Be(48);
    }

    [Fact]
    public void The_byte_form_is_the_one_that_is_documented()
    {
        Convert.ToHexString(Written(0x010203, "hi"u8.ToArray(), null, 0)).Should().Be("02C0804000000000" + "6869");
        Convert.ToHexString(Written(1, "hi"u8.ToArray(), "a/b", 0x0A)).Should().Be(
            "027C000000000000" + "0A00000000000000" + "03612F62" + "6869");
        Convert.ToHexString(Written(1, new byte[0x1234], ContentTypes.Json, 0))[..20].Should().Be("3449000000000000" + "12" + "00");
    }

    [Fact]
    public void A_revision_that_is_stamped_later_changes_nothing_else()
    {
        var early = Written(0, "value"u8.ToArray(), "a/b", 7);
        Record.StampRevision(early, 42);

        early.Should().Equal(Written(42, "value"u8.ToArray(), "a/b", 7));
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_within_their_bounds_or_refused()
    {
        Prop.ForAll<byte[]>(bytes =>
        {
            if (Record.TryRead(bytes, out var record))
            {
                (record.Value.Length + record.ContentTypeText.Length).Should().BeLessThan(bytes.Length);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(40));

        var whole = Written(1, new byte[20], "a/b", 7);
        for (var length = 0; length < whole.Length; length++)
        {
            Record.TryRead(whole.AsSpan(0, length), out _).Should().BeFalse();
        }
    }

    private static byte[] Written(long revision, byte[] value, string? contentType, long expiresAt)
    {
        var encoded = ContentTypes.Encode(contentType);
        var bytes = new byte[Record.Size(value.Length, encoded, expiresAt)];
        Record.Write(bytes, revision, new ReadOnlySequence<byte>(value), encoded, expiresAt);
        return bytes;
    }
}
