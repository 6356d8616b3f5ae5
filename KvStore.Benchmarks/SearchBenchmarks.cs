using System.Collections.Concurrent;
using System.Text;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using KvStore.Core.Search;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>The first page of 100 keys, in order, of those that match among 100,000. A dictionary has to look at all of them.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
public class SearchBenchmarks
{
    private const int PageKeys = 100;

    // 100 keys, 1,000 keys, and of those the 10 of users 420 to 429.
    private const string UserPrefix = "user/0421/";
    private const string ItemSuffix = "/37";
    private const string UsersPrefix = "user/042";

    private readonly ConcurrentDictionary<string, byte[]> _dictionary =
        new(Workload.Keys.Select(key => KeyValuePair.Create(key, Workload.CopyOfValue())), StringComparer.Ordinal);

    private readonly ShardedStore _store = Workload.FilledStore();
    private readonly KeyPage _page = new();

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("prefix")]
    public int DictionaryPrefix() => Scan(UserPrefix, "");

    [Benchmark]
    [BenchmarkCategory("prefix")]
    public int StorePrefix() => Search(UserPrefix, "");

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("suffix")]
    public int DictionarySuffix() => Scan("", ItemSuffix);

    [Benchmark]
    [BenchmarkCategory("suffix")]
    public int StoreSuffix() => Search("", ItemSuffix);

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("both")]
    public int DictionaryBoth() => Scan(UsersPrefix, ItemSuffix);

    [Benchmark]
    [BenchmarkCategory("both")]
    public int StoreBoth() => Search(UsersPrefix, ItemSuffix);

    private int Scan(string prefix, string suffix) => _dictionary
        .Select(pair => pair.Key)
        .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.EndsWith(suffix, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Take(PageKeys)
        .ToList()
        .Count;

    private int Search(string prefix, string suffix)
    {
        var filter = new KeyFilter(Encoding.UTF8.GetBytes(prefix), Encoding.UTF8.GetBytes(suffix));
        _store.SearchAsync(filter, new KeyCursor(), PageKeys, _page).AtOnce();
        return _page.Count;
    }
}
