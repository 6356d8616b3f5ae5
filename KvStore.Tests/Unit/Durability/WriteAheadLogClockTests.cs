using KvStore.Core.Store;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>Clocks that are set while a store runs, and while it does not.</summary>
public sealed class WriteAheadLogClockTests
{
    private static readonly TimeSpan Hours = TimeSpan.FromHours(5);

    private readonly ManualTime _time = new();
    private readonly DiskStoreSettings _settings;
    private SimulatedDisk _disk = new();

    public WriteAheadLogClockTests() => _settings = new DiskStoreSettings { Time = _time };

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_key_that_has_expired_stays_gone_when_the_clock_is_set_back_over_a_restart(bool isStopped, bool isInSnapshot)
    {
        await using (var first = await DiskStore.OpenAsync(_disk, _settings))
        {
            first.Store.Set("stays", "1");
            first.Store.SetFor(60_000, "goes");
            _time.Advance(60_000);
            first.Store.Count().Should().Be(1);
            if (isInSnapshot)
            {
                await first.Durable.SnapshotAsync();
            }

            await EndAsync(first, isStopped);
        }

        _time.Set(-Hours);
        await using var second = await DiskStore.OpenAsync(_disk, _settings);
        second.Store.Search().Should().Equal("stays");
        second.Store.Get("goes").Revision.Should().Be(0);
        second.Store.Set("next").Revision.Should().Be(4, "the expiry had one, too");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_ttl_is_as_long_as_it_is_whatever_the_clock_was_set_to(bool isForward)
    {
        await using (var first = await DiskStore.OpenAsync(_disk, _settings))
        {
            first.Store.Set("a", "1");
            _time.Set(isForward ? Hours : -Hours);
            first.Store.SetFor(60_000, "b");
            _time.Advance(59_999);
            first.Store.Has("b").Should().BeTrue();
            _time.Advance(1);
            first.Store.Has("b").Should().BeFalse();

            first.Store.SetFor(60_000, "c");
            await EndAsync(first, isStopped: true);
        }

        _time.Set(-3 * Hours);
        await using var second = await DiskStore.OpenAsync(_disk, _settings);
        second.Store.Search().Should().Equal("a", "c");
        _time.Advance(59_999);
        second.Store.Has("c").Should().BeTrue("no time has gone by but this");
        _time.Advance(1);
        second.Store.Has("c").Should().BeFalse();
    }

    [Fact]
    public async Task Revisions_go_on_in_order_through_any_steps_of_the_clock()
    {
        var revision = 0L;
        for (var life = 0; life < 6; life++)
        {
            await using var store = await DiskStore.OpenAsync(_disk, _settings);
            for (var i = 0; i < 5; i++)
            {
                store.Store.SetFor(100_000_000, $"k{i}").Should().Be(new WriteResult(default, ++revision, Created: life == 0));
                _time.Set(i % 2 == 0 ? Hours / 2 : -Hours);
            }

            await EndAsync(store, isStopped: life % 2 == 0);
        }
    }

    private async Task EndAsync(DiskStore store, bool isStopped)
    {
        if (isStopped)
        {
            await store.StopAsync();
        }

        _disk = store.Disk.PowerCut(Cut.LoseAll);
    }
}
