using System.Numerics;

namespace KvStore.Cli.Bench;

/// <summary>Counts durations in buckets that are less than one percent wide, whatever their size, in constant memory.</summary>
/// <remarks>Not thread safe: one for each worker, added up at the end.</remarks>
internal sealed class LatencyHistogram
{
    // 128 buckets between a power of two and the next.
    private const int Bits = 7;
    private const int InOctave = 1 << Bits;

    private readonly long[] _counts = new long[IndexOf(long.MaxValue) + 1];

    /// <summary>How many durations there are.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, exactly.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>Counts a duration.</summary>
    public void Record(TimeSpan duration)
    {
        _counts[IndexOf(duration.Ticks)]++;
        Count++;
        Max = duration > Max ? duration : Max;
    }

    /// <summary>Adds the durations of another.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>What a share of the durations, from 0 to 1, is not above; rounded up to the end of a bucket. Zero where there are none.</summary>
    public TimeSpan Percentile(double share)
    {
        var left = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                return TimeSpan.FromTicks(Math.Min(LastOf(i), Max.Ticks));
            }
        }

        return Max;
    }

    private static int IndexOf(long ticks)
    {
        var octave = Math.Max(0, BitOperations.Log2((ulong)ticks) - Bits);
        return (octave * InOctave) + (int)(ticks >> octave);
    }

    /// <summary>The longest duration of a bucket, in ticks.</summary>
    private static long LastOf(int index)
    {
        var octave = Math.Max(0, (index / InOctave) - 1);
        return ((long)(index - (octave * InOctave)) << octave) + ((1L << octave) - 1);
    }
}
