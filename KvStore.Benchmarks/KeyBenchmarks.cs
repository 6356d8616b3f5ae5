using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;

namespace KvStore.Benchmarks;

/// <summary>Reading and overwriting keys of a filled map, in random order. Times are for one key, of all threads together.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class KeyBenchmarks
{
    private Session? _session;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup(Targets = [nameof(DictionaryHit), nameof(DictionaryOverwrite)])]
    public void FillDictionary() => Fill(Session.OfDictionary(Threads, Workload.Shuffled(0)));

    [GlobalSetup(Target = nameof(DictionaryMiss))]
    public void FillDictionaryWithOthers() => Fill(Session.OfDictionary(Threads, Workload.Shuffled(Workload.KeyCount)));

    [GlobalSetup(Targets = [nameof(StoreHit), nameof(StoreOverwrite)])]
    public void FillStore() => Fill(Session.OfStore(Threads, Workload.Shuffled(0)));

    [GlobalSetup(Target = nameof(StoreMiss))]
    public void FillStoreWithOthers() => Fill(Session.OfStore(Threads, Workload.Shuffled(Workload.KeyCount)));

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("get, hit")]
    public void DictionaryHit() => _session!.Get();

    [Benchmark(OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("get, hit")]
    public void StoreHit() => _session!.Get();

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("get, miss")]
    public void DictionaryMiss() => _session!.Get();

    [Benchmark(OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("get, miss")]
    public void StoreMiss() => _session!.Get();

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("overwrite")]
    public void DictionaryOverwrite() => _session!.Set();

    [Benchmark(OperationsPerInvoke = Workload.Operations)]
    [BenchmarkCategory("overwrite")]
    public void StoreOverwrite() => _session!.Set();

    private void Fill(Session session)
    {
        session.Fill();
        _session = session;
    }
}
