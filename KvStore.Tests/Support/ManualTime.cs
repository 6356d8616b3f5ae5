namespace KvStore.Tests.Support;

/// <summary>A clock that stands still until a test moves it, so that expiry needs no waiting.</summary>
/// <remarks>Safe for any number of threads. It has no timers: nothing in the store sets any.</remarks>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    /// <summary>Now, as the store counts it: Unix milliseconds.</summary>
    public long UnixMilliseconds => GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Moves the clock on.</summary>
    public void Advance(TimeSpan duration) => Interlocked.Add(ref _ticks, duration.Ticks);

    /// <summary>Moves the clock on by a number of milliseconds.</summary>
    public void Advance(int milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));
}
