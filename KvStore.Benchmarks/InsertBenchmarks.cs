using BenchmarkDotNet.Attributes;

namespace KvStore.Benchmarks;

/// <summary>A million new keys in random order, from an empty map on. Times are for one key, of all threads together.</summary>
/// <remarks>From the first key on, so that both maps pay for how they grow: in a short stretch, one would happen to, and the other not.</remarks>
[InvocationCount(Workload.KeyCount / Workload.Operations)]
public class InsertBenchmarks
{
    private Session? _session;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup(Target = nameof(DictionaryInsert))]
    public void UseDictionary() => _session = Session.OfDictionary(Threads, Workload.Shuffled(0));

    [GlobalSetup(Target = nameof(StoreInsert))]
    public void UseStore() => _session = Session.OfStore(Threads, Workload.Shuffled(0));

    [IterationSetup]
    public void Empty() => _session!.Empty();

    [Benchmark(Baseline = true, OperationsPerInvoke = Workload.Operations)]
    public void DictionaryInsert() => _session!.Set();

    [Benchmark(OperationsPerInvoke = Workload.Operations)]
    public void StoreInsert() => _session!.Set();
}
