namespace KvStore.Core.Records;

/// <summary>
/// Equality of keys by their bytes, so that a dictionary of keys can be asked with a span, without allocating.
/// </summary>
/// <remarks>Hashes are seeded at random for each process (<see cref="HashCode"/>): a client cannot prepare collisions.</remarks>
internal sealed class KeyComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
{
    /// <summary>The one instance; it has no state.</summary>
    public static readonly KeyComparer Instance = new();

    private KeyComparer()
    {
    }

    /// <summary>The hash of a key.</summary>
    public static int Hash(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return hash.ToHashCode();
    }

    /// <inheritdoc />
    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    /// <inheritdoc />
    public int GetHashCode(byte[] obj) => Hash(obj);

    /// <inheritdoc />
    public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

    /// <inheritdoc />
    public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

    /// <inheritdoc />
    public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
}
