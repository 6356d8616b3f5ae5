using KvStore.Api.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class WatchCapacityTests
{
    [Fact]
    public void One_watch_too_many_is_refused_until_another_leaves()
    {
        var capacity = new WatchCapacity(maxWatchers: 2, maxBytes: 0);

        capacity.TryEnter().Should().BeTrue();
        capacity.TryEnter().Should().BeTrue();
        capacity.TryEnter().Should().BeFalse();
        capacity.Leave();
        capacity.TryEnter().Should().BeTrue();
    }

    [Fact]
    public void Bytes_over_the_limit_are_refused_until_others_are_given_back()
    {
        var capacity = new WatchCapacity(maxWatchers: 1, maxBytes: 10);

        capacity.TryHold(6).Should().BeTrue();
        capacity.TryHold(5).Should().BeFalse();
        capacity.TryHold(4).Should().BeTrue();
        capacity.Release(6);
        capacity.TryHold(5).Should().BeTrue();
    }

    [Fact]
    public void The_longest_value_is_sent_too_one_at_a_time()
    {
        var capacity = new WatchCapacity(maxWatchers: 1, maxBytes: 10);

        capacity.TryHold(1_000).Should().BeTrue();
        capacity.TryHold(1).Should().BeFalse();
        capacity.Release(1_000);
        capacity.TryHold(1_000).Should().BeTrue();
    }
}
