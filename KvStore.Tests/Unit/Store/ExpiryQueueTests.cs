using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class ExpiryQueueTests
{
    private readonly ExpiryQueue _queue = new();

    [Fact]
    public void Dropping_stale_entries_keeps_the_current_ones_once_each()
    {
        for (var i = 0u; i < 100; i++)
        {
            _queue.Add(i % 50, 1_000 - (i % 50));
        }

        _queue.DropStale((key, _) => key % 2 == 0);

        Take().Should().Equal(Enumerable.Range(0, 25).Select(i => (uint)(48 - (2 * i))));
    }

    [Fact]
    public void Where_there_is_no_memory_to_drop_stale_entries_all_stay_and_nothing_fails()
    {
        _queue.Add(1, 10);
        _queue.Add(2, 20);
        var calls = 0;

        _queue.DropStale((_, _) => ++calls == 2 ? throw NoMemory.Fault : false);

        Take().Should().Equal(1u, 2u);
    }

    private List<uint> Take()
    {
        var keys = new List<uint>();
        while (_queue.TryTake(long.MaxValue, out var key, out _))
        {
            keys.Add(key);
        }

        return keys;
    }
}
