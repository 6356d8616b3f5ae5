using System.Runtime.CompilerServices;
using KvStore.Core.Memory;
using KvStore.Core.Records;

namespace KvStore.Core.Store;

/// <content>Finding a key's record.</content>
internal sealed partial class Shard
{
    /// <summary>Finds a key's record; one that has expired is removed first, as the sweep would.</summary>
    /// <remarks>The clock is read under the lock: read before, a write could find a key alive that others have seen expire.</remarks>
    private bool TryFindLive(in HashedKey key, out SlabRef cell, out Record record)
    {
        if (!TryFind(key, out cell, out record))
        {
            return false;
        }

        if (record.ExpiresAt == 0 || IsLive(record.ExpiresAt))
        {
            return true;
        }

        Expire(key, cell, record);
        return false;
    }

    private bool TryFind(in HashedKey key, out SlabRef cell, out Record record)
    {
        record = default;
        return TryLookUp(key, out cell, out var bytes, out _) && Record.TryRead(bytes, out record);
    }

    /// <summary>Finds a key in the dictionary, and the bytes from its record's first on.</summary>
    /// <remarks>The first key with its hash is nearly always the one: its bytes are compared while its record's memory is already asked for.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLookUp(in HashedKey key, out SlabRef cell, out ReadOnlySpan<byte> bytes, out bool isOwnChunk)
    {
        if (!_guesses.TryGetValue(new KeyGuess(key.Hash), out var reference, out var value))
        {
            cell = default;
            bytes = default;
            isOwnChunk = false;
            return false;
        }

        cell = new SlabRef(value);
        bytes = _slabs.Peek(cell, out isOwnChunk);
        Prefetch.Line(bytes);
        return _heap.Equals(reference, key.Bytes) || TryLookUpExactly(key, out cell, out bytes, out isOwnChunk);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryLookUpExactly(in HashedKey key, out SlabRef cell, out ReadOnlySpan<byte> bytes, out bool isOwnChunk)
    {
        var isFound = _lookup.TryGetValue(key, out var value);
        cell = new SlabRef(value);
        bytes = _slabs.Peek(cell, out isOwnChunk);
        return isFound;
    }
}
