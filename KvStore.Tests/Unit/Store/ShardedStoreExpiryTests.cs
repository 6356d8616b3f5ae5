using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ShardedStoreExpiryTests
{
    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public ShardedStoreExpiryTests() => _store = new ShardedStore(time: _time);

    [Fact]
    public void A_key_tells_when_it_expires()
    {
        _store.SetFor(1_500, "a");

        _store.Get("a").ExpiresAt.Should().Be(_time.UnixMilliseconds + 1_500);
    }

    [Fact]
    public void A_ttl_is_rounded_up_to_a_millisecond()
    {
        _store.Set("a", "", new SetOptions(Ttl: TimeSpan.FromMilliseconds(1.25)));

        _store.Get("a").ExpiresAt.Should().Be(_time.UnixMilliseconds + 2);
    }

    [Fact]
    public void A_ttl_of_the_longest_time_there_is_does_not_wrap()
    {
        _store.Set("a", "1", new SetOptions(Ttl: TimeSpan.MaxValue));

        _store.Has("a").Should().BeTrue();
        _store.Count().Should().Be(1);
    }

    [Fact]
    public void An_expired_key_is_gone_from_every_answer_at_once()
    {
        _store.SetFor(1_000, "a", "12345");
        _store.Set("b", "1");

        _time.Advance(999);
        _store.Has("a").Should().BeTrue();
        _store.Search().Should().Equal("a", "b");
        _store.Count().Should().Be(2);
        _store.Count(prefix: "a").Should().Be(1);

        _time.Advance(1);
        _store.Get("a", out var value).Should().Be(new ReadResult(ErrorCode.KeyNotFound));
        value.Should().BeEmpty();
        _store.Search().Should().Equal("b");
        _store.Search("a").Should().BeEmpty();
        _store.Count().Should().Be(1);
        _store.Count(prefix: "a").Should().Be(0);
        _store.Statistics.Keys.Should().Be(1);
        _store.Statistics.ValueBytes.Should().Be(1);
    }

    [Fact]
    public void A_write_without_ttl_removes_an_earlier_expiry()
    {
        _store.SetFor(10, "a", "1");
        _store.Set("a", "2");
        _store.Get("a").ExpiresAt.Should().Be(0);

        _time.Advance(10);
        _store.SweepExpired();

        _store.Get("a", out var value).Error.Should().Be(ErrorCode.None);
        value.Should().Be("2");
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void A_write_with_ttl_replaces_an_earlier_expiry()
    {
        _store.SetFor(10, "a");
        _store.SetFor(30, "a");
        _store.SetFor(30, "a");
        _store.SetFor(20, "a");
        StoreIntegrity.Check(_store);

        _time.Advance(19);
        _store.SweepExpired();
        _store.Has("a").Should().BeTrue();

        _time.Advance(1);
        _store.SweepExpired();
        _store.Statistics.ExpiredKeys.Should().Be(1);
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void A_deleted_key_does_not_expire_later()
    {
        _store.SetFor(10, "a");
        _store.Delete("a");
        _store.Set("a");

        _time.Advance(10);
        _store.SweepExpired();

        _store.Has("a").Should().BeTrue();
        _store.Statistics.ExpiredKeys.Should().Be(0);
    }

    [Fact]
    public void The_sweep_removes_and_counts_expired_keys_and_each_takes_a_revision()
    {
        const int Keys = 1_000;
        for (var i = 0; i < Keys; i++)
        {
            _store.SetFor(10, $"a{i}", "12");
        }

        _time.Advance(10);
        _store.Set("b").Revision.Should().Be(Keys + 1, "nothing has been swept yet");

        _store.SweepExpired();

        _store.Statistics.Should().BeEquivalentTo(
            new { Keys = 1L, ValueBytes = 0L, Revision = (2L * Keys) + 1, ExpiredKeys = (long)Keys });
        StoreIntegrity.Check(_store);

        _store.SweepExpired();
        _store.Statistics.Revision.Should().Be((2 * Keys) + 1, "there is nothing left to sweep");
    }

    [Fact]
    public void Writing_to_an_expired_key_creates_it_and_the_expiry_takes_a_revision_first()
    {
        _store.SetFor(10, "a").Revision.Should().Be(1);
        _time.Advance(10);

        _store.Set("a").Should().Be(new WriteResult(ErrorCode.None, Revision: 3, Created: true));
        _store.Statistics.ExpiredKeys.Should().Be(1);
        _store.SweepExpired();
        _store.Has("a").Should().BeTrue();
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Deleting_an_expired_key_finds_none_and_the_expiry_takes_a_revision()
    {
        _store.SetFor(10, "a");
        _time.Advance(10);

        _store.Delete("a").Should().Be(new WriteResult(ErrorCode.KeyNotFound));
        _store.Statistics.Revision.Should().Be(2);
        _store.SweepExpired();
        _store.Statistics.Revision.Should().Be(2, "the key expired once");
    }

    [Fact]
    public void Getting_an_expired_key_takes_no_revision()
    {
        _store.SetFor(10, "a");
        _time.Advance(10);

        _store.Has("a").Should().BeFalse();

        _store.Set("b").Revision.Should().Be(2);
    }

    [Fact]
    public void Listing_and_counting_sweep_first()
    {
        _store.SetFor(10, "a");
        _time.Advance(10);

        _store.Search().Should().BeEmpty();

        _store.Set("b").Revision.Should().Be(3);
    }

    [Fact]
    public void Overwriting_a_key_that_expires_for_ever_costs_no_memory()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _store.SetFor(1_000_000 + i, "a");
        }

        StoreIntegrity.Entries(_store).Should().BeLessThan(200);
        StoreIntegrity.Check(_store);
    }
}
