using System.Buffers;
using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>Reading one key of 100,000, a different one each time; a value found is copied to a buffer that is reused.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class GetBenchmarks
{
    private readonly ConcurrentDictionary<string, byte[]> _dictionary =
        new(Workload.Keys.Select(key => KeyValuePair.Create(key, Workload.CopyOfValue())), StringComparer.Ordinal);

    private readonly ShardedStore _store = Workload.FilledStore();
    private readonly ArrayBufferWriter<byte> _buffer = new(Workload.ValueBytes);
    private int _next;

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("hit")]
    public bool DictionaryHit() => Read(Workload.Keys[Next()]);

    [Benchmark]
    [BenchmarkCategory("hit")]
    public ReadResult StoreHit() => Get(Workload.Utf8Keys[Next()]);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("miss")]
    public bool DictionaryMiss() => Read(Workload.OtherKeys[Next()]);

    [Benchmark]
    [BenchmarkCategory("miss")]
    public ReadResult StoreMiss() => Get(Workload.OtherUtf8Keys[Next()]);

    private bool Read(string key)
    {
        _buffer.ResetWrittenCount();
        if (!_dictionary.TryGetValue(key, out var value))
        {
            return false;
        }

        _buffer.Write(value);
        return true;
    }

    private ReadResult Get(byte[] key)
    {
        _buffer.ResetWrittenCount();
        return _store.GetAsync(key, _buffer).AtOnce();
    }

    // A prime step visits every key, far from the one before.
    private int Next() => _next = (_next + 7_919) % Workload.KeyCount;
}
