using System.Globalization;

namespace KvStore.Grpc.Protocol;

/// <summary>The text of a <c>grpc-timeout</c>: at most eight digits and a unit (PROTOCOL-HTTP2.md, Timeout).</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;
    private const long MaxValue = 99_999_999;

    // The finest first: what is written loses as little as it may.
    private static readonly (char Unit, long Nanoseconds)[] Units =
    [
        ('n', 1), ('u', 1_000), ('m', 1_000_000), ('S', 1_000_000_000), ('M', 60_000_000_000), ('H', 3_600_000_000_000),
    ];

    /// <summary>Reads a timeout; false where the text is none.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1
            || !long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        foreach (var (unit, nanoseconds) in Units)
        {
            if (unit == text[^1])
            {
                // Hours beyond what ticks can hold are as good as none.
                var ticks = (Int128)value * nanoseconds / TimeSpan.NanosecondsPerTick;
                timeout = TimeSpan.FromTicks((long)Int128.Min(ticks, TimeSpan.MaxValue.Ticks));
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes a timeout, rounded up; one that is past as the shortest.</summary>
    public static string Format(TimeSpan timeout)
    {
        var nanoseconds = Int128.Max(1, (Int128)timeout.Ticks * TimeSpan.NanosecondsPerTick);
        foreach (var (unit, size) in Units)
        {
            var value = (nanoseconds + size - 1) / size;
            if (value <= MaxValue)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{value}{unit}");
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"{MaxValue}H");
    }
}
