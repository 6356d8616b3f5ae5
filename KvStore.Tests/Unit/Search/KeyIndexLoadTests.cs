using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Search;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Search;

public sealed class KeyIndexLoadTests
{
    private readonly KeyIndex _index = new();

    [Fact]
    public void A_loaded_index_holds_the_keys_that_were_added_and_not_removed()
    {
        Prop.ForAll(KeyGen.DistinctBytes.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (keys, seed) =>
        {
            var index = new KeyIndex();
            index.BeginLoading();
            var present = AddAndRemove(index, keys, new Random(seed));
            index.FinishLoading();

            StoreIntegrity.CheckOrders(index, present.Values);
            present.Values.Select(key => Convert.ToHexString(index.Keys[key])).Should().Equal(present.Keys);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    [Fact]
    public void A_loaded_index_goes_on_as_any()
    {
        var random = new Random(1);
        _index.BeginLoading();
        var present = AddAndRemove(_index, Numbered("loaded/{0}", 20_000), random).Values.ToList();
        _index.FinishLoading();

        foreach (var key in Numbered("added/{0}", 5_000).Concat(Numbered("loaded/{0}/more", 5_000)))
        {
            present.Add(_index.Add(key));
            var at = random.Next(present.Count);
            _index.Remove(present[at]);
            present.RemoveAt(at);
        }

        StoreIntegrity.CheckOrders(_index, present);
    }

    [Fact]
    public void Keys_are_not_found_before_the_loading_ends()
    {
        _index.BeginLoading();
        var key = _index.Add("a"u8);
        _index.Count.Should().Be(0);
        _index.Keys[key].ToArray().Should().Equal("a"u8.ToArray());

        _index.FinishLoading();

        _index.Count.Should().Be(1);
        _index.Measure(new KeyFilter("a"u8.ToArray(), default), after: default, hasCursor: false).Prefix.Should().Be(1);
    }

    [Fact]
    public void Nothing_to_load_leaves_an_index_as_it_was()
    {
        _index.BeginLoading();
        _index.FinishLoading();

        StoreIntegrity.CheckOrders(_index, [_index.Add("a"u8)]);
    }

    [Fact]
    public void Keys_of_all_lengths_are_loaded()
    {
        // Beyond 16 KiB a key has a chunk of its own.
        int[] lengths = [0, 1, 127, 128, 16_383, 16_384, 20_000, 65_535];
        _index.BeginLoading();
        var keys = lengths.SelectMany(length => new[] { (byte)'a', (byte)'b' }.Select(letter => _index.Add(Filled(length, letter)))).ToList();
        _index.Remove(keys[^1]);
        _index.Remove(keys[1]);
        keys.RemoveAt(keys.Count - 1);
        keys.RemoveAt(1);
        _index.FinishLoading();

        StoreIntegrity.CheckOrders(_index, keys);
    }

    [Fact]
    public void Keys_that_threads_add_together_are_all_loaded()
    {
        const int Threads = 4;
        var keys = new uint[Threads][];
        _index.BeginLoading();
        Parallel.For(0, Threads, thread =>
            keys[thread] = Numbered($"{thread}/{{0}}", 10_000).Select(key => _index.Add(key)).ToArray());
        _index.FinishLoading();

        StoreIntegrity.CheckOrders(_index, keys.SelectMany(some => some).ToList());
    }

    [Fact]
    public void A_key_that_finds_no_memory_while_loading_is_refused_alone()
    {
        var index = new KeyIndex(maxChunks: 2);
        var keys = new List<uint>();
        index.BeginLoading();
        var add = () => Numbered(new string('k', 1_000) + "{0}", 1_000).ToList().ForEach(key => keys.Add(index.Add(key)));

        add.Should().Throw<InvalidOperationException>();
        index.FinishLoading();

        keys.Should().HaveCountGreaterThan(400);
        StoreIntegrity.CheckOrders(index, keys);
    }

    private static Dictionary<string, uint> AddAndRemove(KeyIndex index, IEnumerable<byte[]> keys, Random random)
    {
        var present = new Dictionary<string, uint>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            present.Add(Convert.ToHexString(key), index.Add(key));
            if (random.Next(3) == 0)
            {
                var (text, removed) = present.ElementAt(random.Next(Math.Min(present.Count, 100)));
                index.Remove(removed);
                present.Remove(text);
            }
        }

        return present;
    }

    private static IEnumerable<byte[]> Numbered(string shape, int count) =>
        Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes(shape.Replace("{0}", $"{i}", StringComparison.Ordinal)));

    private static byte[] Filled(int length, byte letter)
    {
        var key = new byte[length];
        Array.Fill(key, letter);
        return key;
    }
}
