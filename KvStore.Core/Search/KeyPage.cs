using System.Buffers;

namespace KvStore.Core.Search;

/// <summary>A page of keys in order, owned by its reader and reused from page to page.</summary>
/// <remarks>Keys are copied in, so a page stays whole whatever happens to the store. Not thread safe.</remarks>
public sealed class KeyPage
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly List<Range> _keys = [];

    /// <summary>The number of keys.</summary>
    public int Count => _keys.Count;

    /// <summary>The key at <paramref name="index"/>, from 0; valid until the page is next changed.</summary>
    public ReadOnlySpan<byte> this[int index] => _bytes.WrittenSpan[_keys[index]];

    /// <summary>Adds a copy of <paramref name="key"/> at the end.</summary>
    public void Add(ReadOnlySpan<byte> key)
    {
        var start = _bytes.WrittenCount;
        _bytes.Write(key);
        _keys.Add(start.._bytes.WrittenCount);
    }

    /// <summary>Removes all keys but the first <paramref name="count"/>.</summary>
    public void Truncate(int count) => _keys.RemoveRange(count, Count - count);

    /// <summary>Removes all keys; keeps the memory for the next page.</summary>
    public void Clear()
    {
        _bytes.ResetWrittenCount();
        _keys.Clear();
    }
}
