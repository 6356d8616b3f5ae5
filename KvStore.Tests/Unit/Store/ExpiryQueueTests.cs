using System.Text;
using KvStore.Core.Store;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Unit.Store;

public sealed class ExpiryQueueTests
{
    private readonly ExpiryQueue _queue = new();

    [Fact]
    public void An_empty_queue_never_expires()
    {
        _queue.Soonest.Should().Be(long.MaxValue);
        _queue.FirstExpired(long.MaxValue).Should().BeNull();
        Expired(long.MaxValue).Should().BeEmpty();
    }

    [Fact]
    public void A_key_expires_at_its_time_and_not_before()
    {
        _queue.Add(100, Utf8("a"));

        _queue.FirstExpired(99).Should().BeNull();
        Expired(99).Should().BeEmpty();
        _queue.FirstExpired(100).Should().Equal(Utf8("a"));
        Expired(100).Should().Equal("a");
    }

    [Fact]
    public void Keys_come_soonest_first_and_of_one_time_in_byte_order()
    {
        _queue.Add(200, Utf8("a"));
        _queue.Add(100, Utf8("c"));
        _queue.Add(100, Utf8("b"));
        _queue.Add(300, Utf8("d"));

        _queue.Soonest.Should().Be(100);
        Expired(200).Should().Equal("b", "c", "a");
    }

    [Fact]
    public void Soonest_follows_what_is_added_and_removed()
    {
        _queue.Add(200, Utf8("a"));
        _queue.Add(100, Utf8("b"));
        _queue.Soonest.Should().Be(100);

        _queue.Remove(100, Utf8("b"));
        _queue.Soonest.Should().Be(200);

        _queue.Remove(200, Utf8("a"));
        _queue.Soonest.Should().Be(long.MaxValue);
    }

    [Fact]
    public void Only_the_key_and_time_named_is_removed()
    {
        _queue.Add(100, Utf8("a"));
        _queue.Add(100, Utf8("b"));

        _queue.Remove(100, Utf8("a"));

        Expired(100).Should().Equal("b");
    }

    private IEnumerable<string> Expired(long now) => _queue.Expired(now).Select(Encoding.UTF8.GetString);
}
