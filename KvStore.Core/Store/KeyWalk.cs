using KvStore.Core.Search;
using KvStore.Core.Search.Tree;

namespace KvStore.Core.Store;

/// <summary>Goes through all keys of a store in byte order, a few at a time, beside live traffic.</summary>
/// <remarks>A key that is there all the time is met exactly once, and none twice. Not thread safe.</remarks>
/// <param name="index">The store's keys.</param>
internal sealed class KeyWalk(KeyIndex index)
{
    // The index is locked while so many keys are read.
    private const int SliceKeys = 256;

    private readonly KeyPage _slice = new();
    private int _place = -1;
    private bool _isLast;

    /// <summary>The key that was come to.</summary>
    public ReadOnlySpan<byte> Current => _slice[_place];

    /// <summary>Goes on to the next key; false after the last.</summary>
    public bool MoveNext()
    {
        if (++_place < _slice.Count)
        {
            return true;
        }

        if (_isLast)
        {
            _place = _slice.Count;
            return false;
        }

        // Keys are not empty, so the empty one is before the first.
        byte[] after = _slice.Count > 0 ? _slice[_slice.Count - 1].ToArray() : [];
        _slice.Clear();
        _place = 0;
        _isLast = !index.ReadForward(Bound.After(after), SliceKeys, key =>
        {
            _slice.Add(key);
            return true;
        });
        return _slice.Count > 0;
    }
}
