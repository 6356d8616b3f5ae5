namespace KvStore.Tests.Support;

/// <summary>A clock that stands still until a test moves it, so that expiry needs no waiting.</summary>
/// <remarks>Safe for any number of threads. It has no timers: nothing in the store sets any.</remarks>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;
    private long _elapsed = TimeSpan.FromDays(1).Ticks;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Now, as the store counts it: Unix milliseconds.</summary>
    public long UnixMilliseconds => GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <inheritdoc />
    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    /// <summary>Lets time go by.</summary>
    public void Advance(TimeSpan duration)
    {
        Interlocked.Add(ref _elapsed, duration.Ticks);
        Interlocked.Add(ref _ticks, duration.Ticks);
    }

    /// <summary>Lets a number of milliseconds go by.</summary>
    public void Advance(int milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Sets the clock forward or back, while no time goes by.</summary>
    public void Set(TimeSpan step) => Interlocked.Add(ref _ticks, step.Ticks);
}
