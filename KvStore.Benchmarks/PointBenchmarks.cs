using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using KvStore.Core.Store;

namespace KvStore.Benchmarks;

/// <summary>
/// One key at a time, of 100,000 with 32-byte values; the baseline is a plain dictionary, which has no revision, no expiry and
/// no order.
/// </summary>
[MemoryDiagnoser]
public class PointBenchmarks
{
    private const int Keys = 100_000;

    private readonly ConcurrentDictionary<string, byte[]> _dictionary = new(StringComparer.Ordinal);
    private readonly ShardedStore _store = new();
    private readonly ArrayBufferWriter<byte> _destination = new(64);
    private readonly byte[] _value = new byte[32];
    private readonly string[] _texts = new string[Keys];
    private readonly byte[][] _keys = new byte[Keys][];
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        for (var i = 0; i < Keys; i++)
        {
            _texts[i] = string.Create(CultureInfo.InvariantCulture, $"key:{i * 7_919L % Keys:d12}");
            _keys[i] = Encoding.UTF8.GetBytes(_texts[i]);
            _dictionary[_texts[i]] = [.. _value];
            _store.SetAsync(_keys[i], new ReadOnlySequence<byte>(_value));
        }
    }

    [Benchmark(Baseline = true)]
    public int DictionaryGet()
    {
        var value = _dictionary[_texts[Next()]];
        _destination.ResetWrittenCount();
        _destination.Write(value);
        return value.Length;
    }

    [Benchmark]
    public int StoreGet()
    {
        _destination.ResetWrittenCount();
        return _store.GetAsync(_keys[Next()], _destination).Result.ValueLength;
    }

    [Benchmark]
    public void DictionaryOverwrite() => _dictionary[_texts[Next()]] = [.. _value];

    [Benchmark]
    public long StoreOverwrite() => _store.SetAsync(_keys[Next()], new ReadOnlySequence<byte>(_value)).Result.Revision;

    private int Next() => _next = (_next + 1) % Keys;
}
