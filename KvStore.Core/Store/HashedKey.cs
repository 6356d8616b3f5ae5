using System.Runtime.InteropServices;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <summary>A key with its hash, which is worked out once for all that need it: the choice of the shard, and its dictionary.</summary>
internal readonly ref struct HashedKey
{
    /// <summary>The key.</summary>
    public readonly ReadOnlySpan<byte> Bytes;

    /// <summary>Its hash.</summary>
    public readonly int Hash;

    public HashedKey(ReadOnlySpan<byte> bytes)
        : this(bytes, KeyHash.Of(bytes))
    {
    }

    public HashedKey(ReadOnlySpan<byte> bytes, int hash)
    {
        Bytes = bytes;
        Hash = hash;
    }
}

/// <summary>Any key with a hash, for a caller who compares the bytes.</summary>
/// <remarks>Four bytes, which stay in a register: what a look-up copies from the stack in other pieces than it was written in waits for all
/// that comes before, and no two look-ups would ever overlap.</remarks>
internal readonly record struct KeyGuess(int Hash);

/// <summary>A key that is in no dictionary yet, with the reference that it has got: it is added without a look at its bytes.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NewKey(int Hash, uint Reference);

/// <summary>Equality of references to keys by the keys' bytes, so that a dictionary of references can be asked with a key.</summary>
internal sealed class KeyReferenceComparer(KeyHeap keys) : IEqualityComparer<uint>,
    IAlternateEqualityComparer<HashedKey, uint>, IAlternateEqualityComparer<KeyGuess, uint>, IAlternateEqualityComparer<NewKey, uint>
{
    /// <inheritdoc />
    public bool Equals(uint x, uint y) => x == y || keys[x].SequenceEqual(keys[y]);

    /// <inheritdoc />
    public int GetHashCode(uint obj) => KeyHash.Of(keys[obj]);

    /// <inheritdoc />
    public bool Equals(HashedKey alternate, uint other) => keys.Equals(other, alternate.Bytes);

    /// <inheritdoc />
    public int GetHashCode(HashedKey alternate) => alternate.Hash;

    /// <inheritdoc />
    public bool Equals(KeyGuess alternate, uint other) => true;

    /// <inheritdoc />
    public int GetHashCode(KeyGuess alternate) => alternate.Hash;

    /// <inheritdoc />
    public bool Equals(NewKey alternate, uint other) => alternate.Reference == other;

    /// <inheritdoc />
    public int GetHashCode(NewKey alternate) => alternate.Hash;

    /// <inheritdoc />
    public uint Create(NewKey alternate) => alternate.Reference;

    /// <summary>Not supported: a key gets its reference from the index, before it gets into the dictionary.</summary>
    public uint Create(HashedKey alternate) => throw new NotSupportedException();

    /// <summary>Not supported, as well.</summary>
    public uint Create(KeyGuess alternate) => throw new NotSupportedException();
}
