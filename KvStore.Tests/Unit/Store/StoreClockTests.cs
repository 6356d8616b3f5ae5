using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Store;

public sealed class StoreClockTests
{
    private static readonly TimeSpan Hours = TimeSpan.FromHours(5);

    private readonly ManualTime _time = new();
    private readonly StoreClock _clock;

    public StoreClockTests() => _clock = new StoreClock(_time);

    [Fact]
    public void It_is_the_systems_time_where_nobody_sets_that()
    {
        _clock.Now().Should().Be(_time.UnixMilliseconds);
        _time.Advance(1_500);
        _clock.Now().Should().Be(_time.UnixMilliseconds);
    }

    [Fact]
    public void It_follows_a_clock_that_is_set_forward_at_once()
    {
        var before = _clock.Now();
        _time.Set(Hours);

        _clock.Now().Should().Be(before + (long)Hours.TotalMilliseconds);
    }

    [Fact]
    public void It_goes_on_as_time_does_where_the_clock_is_set_back()
    {
        var before = _clock.Now();
        _time.Set(-Hours);
        _clock.Now().Should().Be(before);

        _time.Advance(60_000);
        _clock.Now().Should().Be(before + 60_000);
    }

    [Fact]
    public void It_is_the_systems_time_again_when_that_has_caught_up()
    {
        _clock.Now();
        _time.Set(-Hours);
        _clock.Now();
        _time.Set(Hours);
        _time.Advance(3);

        _clock.Now().Should().Be(_time.UnixMilliseconds);
    }

    [Fact]
    public void Parts_of_a_millisecond_count_however_often_it_is_asked()
    {
        var before = _clock.Now();
        _time.Set(-Hours);
        for (var i = 0; i < 1_000; i++)
        {
            _time.Advance(TimeSpan.FromMicroseconds(300));
            _clock.Now();
        }

        _clock.Now().Should().Be(before + 300);
    }

    [Fact]
    public void It_goes_on_from_what_another_process_has_told()
    {
        var told = _time.UnixMilliseconds + 7_000;
        _clock.StartAt(told);
        _clock.Now().Should().Be(told);

        _time.Advance(2_000);
        _clock.Now().Should().Be(told + 2_000);
        _time.Advance(20_000);
        _clock.Now().Should().Be(told + 22_000, "the system's time has gone on as fast");
        _time.Set(Hours);
        _clock.Now().Should().Be(_time.UnixMilliseconds);
    }

    [Fact]
    public void What_another_process_told_long_ago_changes_nothing()
    {
        _clock.Now();
        _clock.StartAt(1_000);

        _clock.Now().Should().Be(_time.UnixMilliseconds);
    }

    [Fact]
    public void No_thread_ever_sees_it_go_back()
    {
        var isDone = false;
        Together.Run(
            () =>
            {
                var random = new Random(1);
                for (var i = 0; i < 20_000; i++)
                {
                    _time.Set(TimeSpan.FromMilliseconds(random.Next(-500, 500)));
                    _time.Advance(random.Next(3));
                }

                Volatile.Write(ref isDone, true);
            },
            Look,
            Look);

        void Look()
        {
            for (var last = _clock.Now(); !Volatile.Read(ref isDone);)
            {
                var now = _clock.Now();
                now.Should().BeGreaterThanOrEqualTo(last);
                last = now;
            }
        }
    }
}
