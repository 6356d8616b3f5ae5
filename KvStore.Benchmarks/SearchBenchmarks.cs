using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using KvStore.Core.Search;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>A page of ten keys, of 100,000; the baseline filters all keys, as a store without an index has to.</summary>
[MemoryDiagnoser]
public class SearchBenchmarks
{
    private const int Keys = 100_000;
    private const int Limit = 10;

    private readonly ShardedStore _store = new();
    private readonly SortedSet<string> _all = new(StringComparer.Ordinal);
    private readonly KeyPage _page = new();

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Keys; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"user/{i:d6}/{i * 7_919L % 10_000:d4}");
            _all.Add(key);
            _store.SetAsync(Encoding.UTF8.GetBytes(key), default);
        }
    }

    [Benchmark(Baseline = true)]
    public int Scan() => _all.Where(key => key.EndsWith("/4242", StringComparison.Ordinal)).Take(Limit).Count();

    [Benchmark]
    public int Prefix() => Search("user/0512"u8, ""u8);

    [Benchmark]
    public int Suffix() => Search(""u8, "/4242"u8);

    [Benchmark]
    public int PrefixAndSuffix() => Search("user/05"u8, "42"u8);

    private int Search(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix)
    {
        _ = _store.SearchAsync(new KeyFilter(prefix.ToArray(), suffix.ToArray()), new KeyCursor(), Limit, _page).Result;
        return _page.Count;
    }
}
