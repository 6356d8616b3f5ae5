namespace KvStore.Core.Search;

/// <summary>The keys of a store in order, for listing and for search by prefix and suffix.</summary>
/// <remarks>Safe for any number of threads; no method calls out while it holds a lock.</remarks>
internal interface IKeyIndex
{
    /// <summary>Adds a key that is not in the index.</summary>
    void Add(byte[] key);

    /// <summary>Removes a key that is in the index.</summary>
    void Remove(byte[] key);

    /// <summary>
    /// Appends to <paramref name="matches"/> the next keys that match, in byte order, and moves the cursor past everything
    /// that was examined. The work of one call is bounded, so it may find fewer than <paramref name="limit"/>, or none.
    /// </summary>
    /// <returns>False at the end of the index: no key after the cursor matches.</returns>
    bool Read(in KeyFilter filter, KeyCursor cursor, int limit, List<byte[]> matches);
}
