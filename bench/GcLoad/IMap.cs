using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace GcLoad;

/// <summary>A map under load. Neither asks the collector for more than it has to keep: the load itself allocates nothing.</summary>
internal interface IMap
{
    /// <summary>Sets a key, of ASCII characters, to a value that the map copies.</summary>
    void Set(ReadOnlySpan<byte> key);

    /// <summary>Deletes a key that is there.</summary>
    void Delete(ReadOnlySpan<byte> key);
}

/// <summary>The store.</summary>
internal sealed class StoreMap : IMap
{
    private readonly ReadOnlySequence<byte> _value = new(new byte[32]);
    private readonly ShardedStore _store = new();

    /// <inheritdoc/>
    public void Set(ReadOnlySpan<byte> key) => Check(_store.SetAsync(key, _value));

    /// <inheritdoc/>
    public void Delete(ReadOnlySpan<byte> key) => Check(_store.DeleteAsync(key));

    private static void Check(ValueTask<WriteResult> write)
    {
        // A store in memory has answered when the call returns.
        if (!write.IsCompletedSuccessfully || write.Result.Error != ErrorCode.None)
        {
            throw new InvalidOperationException("a write failed");
        }
    }
}

/// <summary>A plain dictionary, asked with characters, so that only a new key makes a string.</summary>
internal sealed class DictionaryMap : IMap
{
    private readonly byte[] _value = new byte[32];
    private readonly ConcurrentDictionary<string, byte[]>.AlternateLookup<ReadOnlySpan<char>> _lookup =
        new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <inheritdoc/>
    public void Set(ReadOnlySpan<byte> key)
    {
        Span<char> text = stackalloc char[16];
        _lookup[text[..Encoding.ASCII.GetChars(key, text)]] = _value.AsSpan().ToArray();
    }

    /// <inheritdoc/>
    public void Delete(ReadOnlySpan<byte> key)
    {
        Span<char> text = stackalloc char[16];
        if (!_lookup.TryRemove(text[..Encoding.ASCII.GetChars(key, text)], out _))
        {
            throw new InvalidOperationException("a delete failed");
        }
    }
}
