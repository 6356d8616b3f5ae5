namespace KvStore.Core.Store;

/// <summary>The time that expiry goes by: the system's, but that it never goes back.</summary>
/// <remarks>
/// <para>Where the system's clock is set forward, this follows at once. Where it is set back, this goes on from where it was, as fast as time
/// does: a key that has expired stays so, and one that is to live for a minute lives for a minute. It is the system's time again when that has caught
/// up, as it does when it is set right.</para>
/// <para>Safe for any number of threads.</para>
/// </remarks>
internal sealed class StoreClock(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _told;

    // When the time told was the right one, by the clock that nobody sets.
    private long _toldAt;

    /// <summary>The time, Unix milliseconds. Never less than it was.</summary>
    public long Now()
    {
        var system = time.GetUtcNow().ToUnixTimeMilliseconds();
        return system == Volatile.Read(ref _told) ? system : Move(system);
    }

    /// <summary>Goes on from a time that was told before, by another process perhaps.</summary>
    public void StartAt(long told)
    {
        lock (_lock)
        {
            _toldAt = time.GetTimestamp();
            Volatile.Write(ref _told, Math.Max(_told, told));
        }
    }

    private long Move(long system)
    {
        lock (_lock)
        {
            var timestamp = time.GetTimestamp();

            // Whole milliseconds only: what is left of one counts the next time.
            var elapsed = (long)time.GetElapsedTime(_toldAt, timestamp).TotalMilliseconds;

            // By what would be told without it, and not by what was told last: else it would matter how often someone asks.
            if (system >= _told + elapsed)
            {
                _toldAt = timestamp;
                Volatile.Write(ref _told, system);
                return system;
            }

            if (elapsed > 0)
            {
                _toldAt += elapsed * time.TimestampFrequency / 1_000;
                Volatile.Write(ref _told, _told + elapsed);
            }

            return _told;
        }
    }
}
