using System.Globalization;

namespace KvStore.Api.Http;

/// <summary>Times as clients see them: RFC 3339, in UTC, with milliseconds.</summary>
internal static class WireTime
{
    /// <summary>Bytes of a time.</summary>
    public const int Length = 24;

    /// <summary>The latest time that can be written, in Unix milliseconds.</summary>
    public static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>A time in Unix milliseconds as text.</summary>
    public static string Format(long time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time).ToString(Pattern, CultureInfo.InvariantCulture);

    /// <summary>Writes a time in Unix milliseconds to exactly <see cref="Length"/> bytes.</summary>
    public static void Write(long time, Span<byte> destination) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time).TryFormat(destination, out _, Pattern, CultureInfo.InvariantCulture);

    /// <summary>Unix milliseconds of a time, rounded up, so that nothing expires before it. At least 1, for 0 stands for never; and
    /// no later than what can be written again.</summary>
    public static long ToUnixMilliseconds(DateTimeOffset time)
    {
        var ticks = (time - DateTimeOffset.UnixEpoch).Ticks + TimeSpan.TicksPerMillisecond - 1;
        return Math.Clamp(ticks / TimeSpan.TicksPerMillisecond, 1, Latest);
    }
}
