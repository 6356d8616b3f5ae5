using System.Globalization;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Listings of a store whose other keys come and go: what stays is seen exactly once, and nothing twice.</summary>
public sealed class ListingSoakTests
{
    // More than the index examines at once, and more with one suffix than it gathers.
    private const int Stable = 5_000;
    private const int Churning = 4_000;
    private const int Churns = 30_000;

    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;
    private int _churners;

    public ListingSoakTests() => _store = new ShardedStore(time: _time);

    [Theory]
    [InlineData("", "", 100)]
    [InlineData("a", "", 1_000)]
    [InlineData("", "/end", 333)]
    [InlineData("a", "/end", int.MaxValue)]
    [InlineData("", "7/rare", 7)]
    public void A_key_present_during_a_whole_listing_is_seen_exactly_once(string prefix, string suffix, int limit)
    {
        var stable = Enumerable.Range(0, Stable).Select(i => Key("stable", i)).ToList();
        stable.ForEach(key => _store.Set(key));
        var expected = stable.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && key.EndsWith(suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).ToList();
        expected.Should().NotBeEmpty();
        _churners = 3;

        Together.Run(
            () => Churn(1),
            () => Churn(2),
            () => Churn(3),
            () =>
            {
                do
                {
                    CheckListing(prefix, suffix, limit, expected);
                }
                while (Volatile.Read(ref _churners) > 0);
            });

        StoreIntegrity.Check(_store);
    }

    private void CheckListing(string prefix, string suffix, int limit, List<string> expected)
    {
        var keys = _store.Search(prefix, suffix, limit);

        keys.Where(key => key.Contains("stable", StringComparison.Ordinal)).Should().Equal(expected);
        keys.Zip(keys.Skip(1)).Where(pair => string.CompareOrdinal(pair.First, pair.Second) >= 0).Should().BeEmpty("keys come in order, none twice");
        _store.Count(prefix, suffix).Should().BeInRange(expected.Count, expected.Count + Churning);
    }

    /// <summary>Sets, deletes and lets expire keys that stand among the stable ones.</summary>
    private void Churn(int seed)
    {
        try
        {
            var random = new Random(seed);
            for (var i = 0; i < Churns; i++)
            {
                var key = Key("churning", random.Next(Churning));
                switch (random.Next(4))
                {
                    case 0:
                        _store.Delete(key);
                        break;
                    case 1:
                        _store.SetFor(random.Next(1, 20), key);
                        break;
                    case 2 when i % 50 == 0:
                        _time.Advance(1);
                        _store.SweepExpired();
                        break;
                    default:
                        _store.Set(key);
                        break;
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref _churners);
        }
    }

    /// <summary>Two keys in three have the prefix <c>a</c>; one in ten has the suffix <c>/rare</c>, the others <c>/end</c>.</summary>
    private static string Key(string kind, int i) => string.Create(
        CultureInfo.InvariantCulture, $"{(i % 3 == 0 ? 'b' : 'a')}/{i:D5}/{kind}/{i}{(i % 10 == 7 ? "/rare" : "/end")}");
}
