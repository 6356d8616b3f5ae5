using KvStore.Core.Search.Tree;

namespace KvStore.Core.Search;

/// <summary>Fills one page of a search, slice by slice.</summary>
/// <remarks>
/// <para>Not thread safe; holds no lock between slices. A key that is there during the whole search is found, whatever comes and goes.</para>
/// <para>How: 1. without a suffix, every key in prefix order from the cursor on is a match. 2. With one, of N keys in reach of the
/// prefix and S with the suffix, either prefix order is read and filtered, at about limit x N / S keys if matches are evenly
/// spread; or all S are gathered from suffix order and the first ones kept. The cheaper is done. 3. Where matches are not
/// spread evenly and the first way turns out dear, it gives way to the second. So a page costs no more than about the smaller side.</para>
/// </remarks>
internal sealed class PageSearch
{
    // Keys looked at under one hold of the lock: some tens of microseconds.
    private const int SliceKeys = 256;

    // How much dearer than expected the filtered reading may turn out.
    private const int Patience = 4;

    private readonly KeyIndex _index;
    private readonly KeyFilter _filter;
    private readonly KeyPage _page;
    private readonly int _limit;
    private readonly PriorityQueue<byte[], byte[]> _gathered = new(KeyOrder.Descending);
    private byte[] _last;
    private byte[] _lastBackward = [];
    private bool _hasLast;
    private bool _hasLastBackward;
    private bool _isGathering;
    private int _scanBudget;

    /// <summary>Begins a page.</summary>
    public PageSearch(KeyIndex index, in KeyFilter filter, KeyCursor cursor, int limit, KeyPage page)
    {
        (_index, _filter, _limit, _page) = (index, filter, limit, page);
        _hasLast = cursor.After is not null;
        _last = cursor.After?.ToArray() ?? [];
        Plan();
    }

    /// <summary>Does a slice of the work.</summary>
    /// <returns>False when the page is complete: full, or at the end.</returns>
    public bool Step() => _isGathering ? Gather() : Scan();

    private void Plan()
    {
        if (_filter.Suffix.IsEmpty)
        {
            _scanBudget = int.MaxValue;
            return;
        }

        var (inPrefix, withSuffix) = _index.Measure(_filter, _last, _hasLast);
        var expected = Math.Min(inPrefix, (long)_limit * _index.Count / Math.Max(1, withSuffix));
        _isGathering = withSuffix <= expected;
        _scanBudget = withSuffix < inPrefix ? (int)Math.Min(int.MaxValue, (expected * Patience) + SliceKeys) : int.MaxValue;
    }

    private bool Scan()
    {
        var isPastPrefix = false;
        var start = !_hasLast || _filter.Prefix.Span.SequenceCompareTo(_last) > 0 ? Bound.Before(_filter.Prefix.Span) : Bound.After(_last);
        var more = _index.ReadForward(start, Math.Min(SliceKeys, _scanBudget), key =>
        {
            if (!key.StartsWith(_filter.Prefix.Span))
            {
                isPastPrefix = true;
                return false;
            }

            _scanBudget -= _scanBudget == int.MaxValue ? 0 : 1;
            if (key.EndsWith(_filter.Suffix.Span))
            {
                _page.Add(key);
            }

            Remember(ref _last, ref _hasLast, key);
            return _page.Count < _limit;
        });
        _isGathering = _scanBudget == 0;
        return more && !isPastPrefix && _page.Count < _limit;
    }

    private bool Gather()
    {
        var wanted = _limit - _page.Count;
        var start = _hasLastBackward ? Bound.After(_lastBackward) : Bound.Before(_filter.Suffix.Span);
        var more = _index.ReadBackward(start, SliceKeys, key =>
        {
            if (!key.EndsWith(_filter.Suffix.Span))
            {
                return false;
            }

            Remember(ref _lastBackward, ref _hasLastBackward, key);
            if (key.StartsWith(_filter.Prefix.Span) && (!_hasLast || key.SequenceCompareTo(_last) > 0))
            {
                Keep(key, wanted);
            }

            return true;
        });
        if (!more)
        {
            AddGathered();
        }

        return more;
    }

    /// <summary>Keeps a match if it is among the first <paramref name="wanted"/> so far.</summary>
    private void Keep(ReadOnlySpan<byte> key, int wanted)
    {
        if (_gathered.Count < wanted)
        {
            var copy = key.ToArray();
            _gathered.Enqueue(copy, copy);
        }
        else if (key.SequenceCompareTo(_gathered.Peek()) < 0)
        {
            var copy = key.ToArray();
            _gathered.EnqueueDequeue(copy, copy);
        }
    }

    private void AddGathered()
    {
        var keys = new byte[_gathered.Count][];
        for (var i = keys.Length - 1; i >= 0; i--)
        {
            keys[i] = _gathered.Dequeue();
        }

        foreach (var key in keys)
        {
            _page.Add(key);
        }
    }

    private static void Remember(ref byte[] last, ref bool hasLast, ReadOnlySpan<byte> key)
    {
        hasLast = true;
        if (last.Length == key.Length)
        {
            key.CopyTo(last);
        }
        else
        {
            last = key.ToArray();
        }
    }
}
