using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <summary>Counts the keys that match a filter.</summary>
/// <remarks>A prefix alone or a suffix alone is counted from the trees' own counts; both together by looking at the smaller side.
/// Not thread safe; holds no lock between slices.</remarks>
internal sealed class KeyCount
{
    private const int SliceKeys = 256;

    private readonly KeyIndex _index;
    private readonly KeyFilter _filter;
    private readonly bool _isForward;
    private readonly bool _isCounted;
    private byte[] _last;
    private bool _hasLast;

    /// <summary>Begins to count.</summary>
    public KeyCount(KeyIndex index, in KeyFilter filter)
    {
        (_index, _filter) = (index, filter);
        var (inPrefix, withSuffix) = index.Measure(filter, after: default, hasCursor: false);
        _isForward = inPrefix <= withSuffix;
        _last = (_isForward ? filter.Prefix : filter.Suffix).ToArray();
        if (filter.Prefix.IsEmpty || filter.Suffix.IsEmpty)
        {
            _isCounted = true;
            Result = Math.Min(inPrefix, withSuffix);
        }
    }

    /// <summary>The matches counted so far.</summary>
    public long Result { get; private set; }

    /// <summary>Does a slice of the work.</summary>
    /// <returns>False when all are counted.</returns>
    public bool Step()
    {
        if (_isCounted)
        {
            return false;
        }

        var start = _hasLast ? Bound.After(_last) : Bound.Before(_last);
        return _isForward
            ? _index.ReadForward(start, SliceKeys, key => key.StartsWith(_filter.Prefix.Span) && Count(key))
            : _index.ReadBackward(start, SliceKeys, key => key.EndsWith(_filter.Suffix.Span) && Count(key));
    }

    private bool Count(ReadOnlySpan<byte> key)
    {
        Result += _filter.Matches(key) ? 1 : 0;
        _hasLast = true;
        _last = key.ToArray();
        return true;
    }
}
