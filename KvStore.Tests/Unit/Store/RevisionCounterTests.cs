using System.Collections.Concurrent;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class RevisionCounterTests
{
    [Fact]
    public void Revisions_begin_at_1()
    {
        var counter = new RevisionCounter();
        counter.Current.Should().Be(0);

        counter.Next().Should().Be(1);
        counter.Next().Should().Be(2);

        counter.Current.Should().Be(2);
    }

    [Fact]
    public void Threads_never_take_the_same_revision()
    {
        const int Each = 20_000;
        var counter = new RevisionCounter();
        var taken = new ConcurrentBag<long>();
        void Take()
        {
            for (var i = 0; i < Each; i++)
            {
                taken.Add(counter.Next());
            }
        }

        Together.Run(Take, Take, Take);

        taken.Order().Should().Equal(Enumerable.Range(1, 3 * Each).Select(i => (long)i));
    }
}
