using System.Buffers;
using System.Collections.Concurrent;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>A map as the benchmarks use it: the loops that are measured.</summary>
internal interface IMap<TKey>
{
    /// <summary>Reads each key; a value found is copied to <paramref name="destination"/>.</summary>
    void Get(ReadOnlySpan<TKey> keys, Destination destination);

    /// <summary>Sets each key to a value of its own.</summary>
    void Set(ReadOnlySpan<TKey> keys);
}

/// <summary>The store.</summary>
internal sealed class StoreMap : IMap<byte[]>
{
    private readonly ReadOnlySequence<byte> _value = new(new byte[Workload.ValueBytes]);
    private readonly ShardedStore _store = new();

    /// <inheritdoc/>
    public void Get(ReadOnlySpan<byte[]> keys, Destination destination)
    {
        foreach (var key in keys)
        {
            AtOnce(_store.GetAsync(key, destination));
        }
    }

    /// <inheritdoc/>
    public void Set(ReadOnlySpan<byte[]> keys)
    {
        foreach (var key in keys)
        {
            AtOnce(_store.SetAsync(key, _value));
        }
    }

    private static void AtOnce<T>(ValueTask<T> call)
    {
        if (!call.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("A store in memory has to answer at once.");
        }
    }
}

/// <summary>The baseline: a plain dictionary, without order, revisions, expiry or content types.</summary>
/// <remarks>It copies the value, as the store does: else it would keep the caller's array.</remarks>
internal sealed class DictionaryMap : IMap<string>
{
    private readonly byte[] _value = new byte[Workload.ValueBytes];
    private readonly ConcurrentDictionary<string, byte[]> _dictionary = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Get(ReadOnlySpan<string> keys, Destination destination)
    {
        foreach (var key in keys)
        {
            if (_dictionary.TryGetValue(key, out var value))
            {
                destination.Write(value);
            }
        }
    }

    /// <inheritdoc/>
    public void Set(ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _dictionary[key] = _value.AsSpan().ToArray();
        }
    }
}
