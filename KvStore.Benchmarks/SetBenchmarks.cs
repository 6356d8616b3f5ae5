using System.Collections.Concurrent;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>Setting each of 100,000 keys once: new ones in an empty store, then over themselves. Times are for one key.</summary>
/// <remarks>The dictionary copies the value, as the store does: else it would keep the caller's array.</remarks>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class SetBenchmarks
{
    private ConcurrentDictionary<string, byte[]> _dictionary = [];
    private ShardedStore _store = new();

    [IterationSetup(Targets = [nameof(DictionaryNewKey), nameof(StoreNewKey)])]
    public void Empty()
    {
        _dictionary = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        _store = new ShardedStore();
    }

    [GlobalSetup(Targets = [nameof(DictionaryOverwrite), nameof(StoreOverwrite)])]
    public void Fill()
    {
        Empty();
        SetInDictionary();
        SetInStore();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.KeyCount)]
    [BenchmarkCategory("new key")]
    public void DictionaryNewKey() => SetInDictionary();

    [Benchmark(OperationsPerInvoke = Workload.KeyCount)]
    [BenchmarkCategory("new key")]
    public void StoreNewKey() => SetInStore();

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.KeyCount)]
    [BenchmarkCategory("overwrite")]
    public void DictionaryOverwrite() => SetInDictionary();

    [Benchmark(OperationsPerInvoke = Workload.KeyCount)]
    [BenchmarkCategory("overwrite")]
    public void StoreOverwrite() => SetInStore();

    private void SetInDictionary()
    {
        foreach (var key in Workload.Keys)
        {
            _dictionary[key] = Workload.CopyOfValue();
        }
    }

    private void SetInStore()
    {
        foreach (var key in Workload.Utf8Keys)
        {
            Workload.Set(_store, key);
        }
    }
}
