using System.Buffers;
using System.Globalization;
using System.Text;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>What all benchmarks work on: 100,000 keys such as <c>user/0421/item/37</c>, with values of 100 bytes.</summary>
internal static class Workload
{
    public const int KeyCount = 100_000;
    public const int ValueBytes = 100;

    private static readonly byte[] Value = new byte[ValueBytes];

    public static readonly string[] Keys =
        [.. Enumerable.Range(0, KeyCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"user/{i / 100:D4}/item/{i % 100:D2}"))];

    public static readonly byte[][] Utf8Keys = [.. Keys.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Keys of the same shape that are not in the store.</summary>
    public static readonly string[] OtherKeys = [.. Keys.Select(key => "other" + key[4..])];

    public static readonly byte[][] OtherUtf8Keys = [.. OtherKeys.Select(Encoding.UTF8.GetBytes)];

    public static ShardedStore FilledStore()
    {
        var store = new ShardedStore();
        foreach (var key in Utf8Keys)
        {
            Set(store, key);
        }

        return store;
    }

    /// <summary>A value of its own for a dictionary, as every record of a store is: to share one would keep it in the cache.</summary>
    public static byte[] CopyOfValue() => Value.AsSpan().ToArray();

    public static WriteResult Set(ShardedStore store, byte[] key) =>
        store.SetAsync(key, new ReadOnlySequence<byte>(Value)).AtOnce();

    /// <summary>The answer of a call that a store in memory has completed when it returns.</summary>
    public static T AtOnce<T>(this ValueTask<T> call) =>
        call.IsCompletedSuccessfully ? call.Result : throw new InvalidOperationException("A store in memory has to answer at once.");
}
