namespace KvStore.Api.Metrics;

/// <summary>
/// One reading that several instruments report parts of. It is taken once a collection: anew when an instrument that has
/// reported from it asks again.
/// </summary>
/// <remarks>Safe for any number of threads.</remarks>
/// <param name="take">Takes a reading.</param>
internal sealed class Reading<T>(Func<T> take)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _reported = new(StringComparer.Ordinal);
    private T? _last;

    /// <summary>The reading for an instrument to report from.</summary>
    public T For(string instrument)
    {
        lock (_lock)
        {
            if (_reported.Count == 0 || !_reported.Add(instrument))
            {
                _last = take();
                _reported.Clear();
                _reported.Add(instrument);
            }

            return _last!;
        }
    }
}
