using System.Buffers;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Store;

public sealed class ShardedStoreTests
{
    private readonly ShardedStore _store = new();

    [Fact]
    public void A_value_reads_back_as_it_was_set()
    {
        _store.Set("a", "1").Should().Be(new WriteResult(ErrorCode.None, Revision: 1, Created: true));

        _store.Get("a", out var value).Should().Be(
            new ReadResult(ErrorCode.None, Revision: 1, ContentTypes.Default, ValueLength: 1, ExpiresAt: 0));
        value.Should().Be("1");
    }

    [Fact]
    public void A_second_set_replaces_the_value()
    {
        _store.Set("a", "1");
        _store.Set("a", "22").Should().Be(new WriteResult(ErrorCode.None, Revision: 2, Created: false));

        _store.Get("a", out var value).ValueLength.Should().Be(2);
        value.Should().Be("22");
    }

    [Fact]
    public void A_deleted_key_is_missing_and_can_be_created_again()
    {
        _store.Set("a", "1");

        _store.Delete("a").Should().Be(new WriteResult(ErrorCode.None, Revision: 2));
        _store.Get("a").Should().Be(new ReadResult(ErrorCode.KeyNotFound));
        _store.Set("a", "2").Should().Be(new WriteResult(ErrorCode.None, Revision: 3, Created: true));
    }

    [Fact]
    public void A_missing_key_writes_nothing_to_the_destination()
    {
        _store.Get("a", out var value).Should().Be(new ReadResult(ErrorCode.KeyNotFound));
        value.Should().BeEmpty();
        _store.Delete("a").Should().Be(new WriteResult(ErrorCode.KeyNotFound));
    }

    [Fact]
    public void An_empty_value_is_not_missing()
    {
        _store.Set("a", "");

        _store.Get("a", out var value).Should().Be(
            new ReadResult(ErrorCode.None, Revision: 1, ContentTypes.Default, ValueLength: 0));
        value.Should().BeEmpty();
        _store.Search().Should().Equal("a");
    }

    [Fact]
    public void A_value_is_any_bytes()
    {
        var bytes = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        _store.Set(Utf8("a"), bytes);

        var destination = new ArrayBufferWriter<byte>();
        _store.GetAsync("a"u8, destination).Answer().ValueLength.Should().Be(256);

        destination.WrittenSpan.ToArray().Should().Equal(bytes);
    }

    [Fact]
    public void Key_and_value_are_copied_so_their_buffers_can_be_used_again()
    {
        var (key, value) = (Utf8("a"), Utf8("1"));
        _store.Set(key, value);
        (key[0], value[0]) = ((byte)'x', (byte)'x');

        _store.Get("a", out var stored).Error.Should().Be(ErrorCode.None);
        stored.Should().Be("1");
        _store.Search().Should().Equal("a");
    }

    [Fact]
    public void A_read_without_destination_tells_of_the_value_all_the_same()
    {
        _store.Set("a", "123");

        _store.GetAsync("a"u8, destination: null).Answer().ValueLength.Should().Be(3);
    }

    [Theory]
    [InlineData(null, ContentTypes.Default)]
    [InlineData("application/json", "application/json")]
    [InlineData("image/png", "image/png")]
    public void A_content_type_is_kept_with_the_value(string? contentType, string read)
    {
        _store.Set("a", "1", new SetOptions(contentType));

        _store.Get("a").ContentType.Should().Be(read);
    }

    [Fact]
    public void A_write_without_content_type_sets_the_default_one()
    {
        _store.Set("a", "1", new SetOptions("image/png"));
        _store.Set("a", "2");

        _store.Get("a").ContentType.Should().Be(ContentTypes.Default);
    }

    [Theory]
    [InlineData("a\0", "a")]
    [InlineData("\0", " ")]
    [InlineData("é", "e\u0301")]
    [InlineData("😀", "\U0001f601")]
    [InlineData("a/b", "a//b")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("A", "a")]
    public void Keys_of_different_bytes_stay_apart(string one, string other)
    {
        _store.Set(one, "one").Created.Should().BeTrue();
        _store.Set(other, "other").Created.Should().BeTrue();

        _store.Get(one, out var value);
        value.Should().Be("one");
        _store.Delete(other).Error.Should().Be(ErrorCode.None);
        _store.Search().Should().Equal(one);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ff")]
    [InlineData("61c3")]
    [InlineData("c0af")]
    [InlineData("eda080")]
    [InlineData("f4908080")]
    public void A_key_that_is_empty_or_not_utf8_is_malformed(string hex)
    {
        var key = Convert.FromHexString(hex);

        _store.Set(key, []).Should().Be(new WriteResult(ErrorCode.MalformedKey));
        _store.GetAsync(key, null).Answer().Should().Be(new ReadResult(ErrorCode.MalformedKey));
        _store.DeleteAsync(key).Answer().Should().Be(new WriteResult(ErrorCode.MalformedKey));
        _store.Statistics.Revision.Should().Be(0);
    }

    [Fact]
    public void A_key_may_have_1024_bytes_and_no_more()
    {
        var longest = new string('é', 512);

        _store.Set(longest).Error.Should().Be(ErrorCode.None);
        _store.Get(longest).Error.Should().Be(ErrorCode.None);
        _store.Delete(longest).Error.Should().Be(ErrorCode.None);

        _store.Set(longest + "a").Should().Be(new WriteResult(ErrorCode.KeyTooLong));
        _store.Get(longest + "a").Should().Be(new ReadResult(ErrorCode.KeyTooLong));
        _store.Delete(longest + "a").Should().Be(new WriteResult(ErrorCode.KeyTooLong));
    }

    [Fact]
    public void A_value_may_have_a_mebibyte_and_no_more()
    {
        _store.Set(Utf8("a"), new byte[1_048_576]).Error.Should().Be(ErrorCode.None);
        _store.Set(Utf8("a"), new byte[1_048_577]).Should().Be(new WriteResult(ErrorCode.ValueTooLarge));

        _store.Get("a").Should().Be(new ReadResult(ErrorCode.None, 1, ContentTypes.Default, 1_048_576));
    }

    [Fact]
    public void Limits_can_be_set()
    {
        var store = new ShardedStore(new StoreLimits(MaxKeyBytes: 3, MaxValueBytes: 0));

        store.Set("abc").Error.Should().Be(ErrorCode.None);
        store.Set("abcd").Error.Should().Be(ErrorCode.KeyTooLong);
        store.Set("abc", "1").Error.Should().Be(ErrorCode.ValueTooLarge);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-4)]
    [InlineData(3)]
    public void The_number_of_shards_is_a_power_of_two(int shards)
    {
        var make = () => new ShardedStore(shards: shards);

        make.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void Statistics_tell_what_the_store_holds()
    {
        _store.Statistics.Should().BeEquivalentTo(new { Keys = 0L, ValueBytes = 0L, Revision = 0L, ExpiredKeys = 0L });

        _store.Set("a", "12345");
        _store.Set("b", "1");
        _store.Set("a", "123");
        _store.Set("c", "1234");
        _store.Delete("c");

        _store.Statistics.Should().BeEquivalentTo(new { Keys = 2L, ValueBytes = 4L, Revision = 5L, ExpiredKeys = 0L });
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Each_store_has_a_history_of_its_own()
    {
        _store.Statistics.HistoryId.Should().NotBeEmpty().And.Be(_store.Statistics.HistoryId);
        new ShardedStore().Statistics.HistoryId.Should().NotBe(_store.Statistics.HistoryId);
    }
}
