namespace KvStore.Core.Search.Tree;

/// <summary>A place between keys.</summary>
/// <param name="key">The bytes that the place is told by.</param>
/// <param name="kind">Where it is from there.</param>
internal readonly ref struct Bound(ReadOnlySpan<byte> key, BoundKind kind)
{
    /// <summary>The bytes that the place is told by; they need not be a key.</summary>
    public readonly ReadOnlySpan<byte> Key = key;

    /// <summary>Where it is from there.</summary>
    public readonly BoundKind Kind = kind;

    /// <summary>Just before the key.</summary>
    public static Bound Before(ReadOnlySpan<byte> key) => new(key, BoundKind.Before);

    /// <summary>Just after the key.</summary>
    public static Bound After(ReadOnlySpan<byte> key) => new(key, BoundKind.After);

    /// <summary>After every key that begins with these bytes.</summary>
    public static Bound AfterAll(ReadOnlySpan<byte> start) => new(start, BoundKind.AfterAll);
}

/// <summary>The places that a key can tell.</summary>
internal enum BoundKind
{
    /// <summary>Just before it.</summary>
    Before,

    /// <summary>Just after it.</summary>
    After,

    /// <summary>After every key that begins with it.</summary>
    AfterAll,
}
