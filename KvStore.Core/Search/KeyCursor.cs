namespace KvStore.Core.Search;

/// <summary>Where a listing is: after the last key it has seen. Kept by the reader; the store holds nothing for it.</summary>
/// <remarks>Good after any change of the store, and after its restart. Not thread safe.</remarks>
public sealed class KeyCursor
{
    /// <summary>A cursor before the first key.</summary>
    public KeyCursor()
    {
    }

    private KeyCursor(byte[] after) => After = after;

    /// <summary>The last key seen; null before the first.</summary>
    /// <remarks>It need not exist.</remarks>
    internal byte[]? After { get; private set; }

    /// <summary>A cursor after <paramref name="key"/>, which need not exist.</summary>
    public static KeyCursor AfterKey(ReadOnlySpan<byte> key) => new(key.ToArray());

    /// <summary>Moves the cursor to after <paramref name="key"/>.</summary>
    internal void MoveTo(byte[] key) => After = key;
}
