using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

public sealed class StoreSoakTests
{
    private const int Threads = 8;
    private const int Increments = 5_000;

    private readonly ManualTime _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Readers_see_only_what_was_written_and_never_go_back(int shards)
    {
        var store = new ShardedStore(shards: shards, time: _time);
        var traffic = new StoreTraffic(store, _time, writers: 3, others: 5);

        Together.Run(
            () => traffic.Write(1),
            () => traffic.Write(2),
            () => traffic.Write(3),
            () => traffic.Delete(4),
            () => traffic.Read(5),
            () => traffic.Read(6),
            traffic.Expire,
            traffic.List);

        traffic.Check();
        StoreIntegrity.Check(store);
    }

    [Fact]
    public void Conditional_increments_lose_none()
    {
        string[] counters = ["a", "b", "c"];
        var store = new ShardedStore(time: _time);

        Together.Run([.. Enumerable.Range(0, Threads).Select<int, Action>(thread => () =>
        {
            for (var i = 0; i < Increments; i++)
            {
                Increment(store, counters[(thread + i) % counters.Length]);
            }
        })]);

        counters.Sum(counter => Number(store, counter).Value).Should().Be(Threads * Increments);
        store.Statistics.Revision.Should().Be(Threads * Increments, "a write that was refused takes no revision");
        StoreIntegrity.Check(store);
    }

    private static void Increment(ShardedStore store, string counter)
    {
        // A refusal means that another thread has got its write in, so there are no more refusals than writes.
        for (var attempt = 0; attempt <= Threads * Increments; attempt++)
        {
            var (revision, value) = Number(store, counter);
            var text = (value + 1).ToString(CultureInfo.InvariantCulture);
            if (store.SetIf(WriteCondition.Is(revision), counter, text).Error == ErrorCode.None)
            {
                return;
            }
        }

        throw new Xunit.Sdk.XunitException($"Nobody could increment {counter}.");
    }

    private static (long Revision, int Value) Number(ShardedStore store, string counter)
    {
        var revision = store.Get(counter, out var text).Revision;
        return (revision, revision == 0 ? 0 : int.Parse(text, CultureInfo.InvariantCulture));
    }
}
