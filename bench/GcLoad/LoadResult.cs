using System.Globalization;

namespace GcLoad;

/// <summary>What a load has met.</summary>
internal sealed class LoadResult
{
    private readonly string[] _columns;

    /// <summary>Measures what there is to be measured at the end.</summary>
    /// <param name="took">How long the load took.</param>
    /// <param name="pauses">What the collector has done meanwhile.</param>
    /// <param name="nanoseconds">How long each write took; is sorted.</param>
    public LoadResult(TimeSpan took, PauseMeter pauses, int[] nanoseconds)
    {
        const int Megabyte = 1_000_000;
        var (managed, resident) = (GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet);
        Array.Sort(nanoseconds);
        _columns =
        [
            Text($"{took.TotalSeconds:F1}"),
            Text($"{pauses.Total.TotalMilliseconds:F2}"),
            Text($"{pauses.Longest.TotalMilliseconds:F2}"),
            pauses.Counts,
            Text($"{nanoseconds[(int)(nanoseconds.Length * 0.999)] / 1000.0:F1}"),
            Text($"{nanoseconds[^1] / 1000.0:F0}"),
            Text($"{managed / Megabyte}"),
            Text($"{resident / Megabyte}"),
        ];
    }

    /// <summary>
    /// The columns of a table: seconds, milliseconds of all pauses and of the longest, collections, microseconds of the 99.9th percentile
    /// and of the longest write, megabytes managed and resident.
    /// </summary>
    public override string ToString() => string.Join('\t', _columns);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
