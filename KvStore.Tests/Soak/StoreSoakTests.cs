using System.Collections.Concurrent;
using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Threads at work on one store; each test ends in the integrity check.</summary>
[Collection(nameof(StoreSoakTests))]
public sealed class StoreSoakTests
{
    private const int Threads = 8;
    private const int Operations = 20_000;
    private const int Keys = 64;

    private readonly ShardedStore _store = new(shards: 4);

    [Fact]
    public void A_read_never_shows_what_was_not_written_to_its_key()
    {
        var bodies = Enumerable.Range(0, Threads).Select(thread => (Action)(() =>
        {
            var random = new Random(thread);
            var lastSeen = new Dictionary<string, long>(StringComparer.Ordinal);
            for (var i = 0; i < Operations; i++)
            {
                var key = Key(random.Next(Keys));
                switch (random.Next(10))
                {
                    case 0:
                        _store.Delete(key);
                        break;
                    case < 4:
                        _store.Set(key, Stamp(key, random));
                        break;
                    case 4:
                        _store.SetFor(1, key, Stamp(key, random));
                        break;
                    default:
                        Check(key, lastSeen);
                        break;
                }
            }
        }));

        Together.Run([.. bodies, Sweep]);

        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Increments_that_check_the_revision_are_never_lost()
    {
        const int Increments = 2_000;
        _store.Set("counter", "0");

        Together.Run([.. Enumerable.Repeat((Action)(() =>
        {
            for (var i = 0; i < Increments;)
            {
                var read = _store.Get("counter", out var value);
                var next = (int.Parse(value, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                i += _store.SetIf(WriteCondition.Is(read.Revision), "counter", next).Error == ErrorCode.None ? 1 : 0;
            }
        }), Threads)]);

        _store.Get("counter", out var total);
        total.Should().Be((Threads * Increments).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Of_those_who_create_a_key_one_succeeds()
    {
        var winners = new ConcurrentBag<string>();

        Together.Run([.. Enumerable.Repeat((Action)(() =>
        {
            for (var i = 0; i < 2_000; i++)
            {
                if (_store.SetIf(WriteCondition.Absent, Key(i)).Error == ErrorCode.None)
                {
                    winners.Add(Key(i));
                }
            }
        }), Threads)]);

        winners.Should().OnlyHaveUniqueItems().And.HaveCount(2_000);
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void Every_write_has_a_revision_of_its_own_and_none_is_left_out()
    {
        var revisions = new ConcurrentBag<long>();

        Together.Run([.. Enumerable.Range(0, Threads).Select(thread => (Action)(() =>
        {
            for (var i = 0; i < Operations / 10; i++)
            {
                revisions.Add(_store.Set(Key((i * Threads) + thread), "").Revision);
            }
        }))]);

        revisions.Order().Should().Equal(Enumerable.Range(1, Threads * Operations / 10).Select(i => (long)i));
    }

    [Fact]
    public void A_key_that_stays_is_listed_exactly_once_while_others_come_and_go()
    {
        var staying = Enumerable.Range(0, 500).Select(i => $"k/{i:d4}/stays").ToArray();
        foreach (var key in staying)
        {
            _store.Set(key);
        }

        var isDone = false;
        Action churn = () =>
        {
            var random = new Random(1);
            while (!Volatile.Read(ref isDone))
            {
                var key = $"k/{random.Next(500):d4}/{random.Next(100)}";
                _store.Set(key);
                _store.Delete($"k/{random.Next(500):d4}/{random.Next(100)}");
            }
        };
        Action list = () =>
        {
            try
            {
                for (var i = 0; i < 30; i++)
                {
                    _store.Search("k/", i % 2 == 0 ? "" : "s", limit: 50).Where(key => key.EndsWith("stays", StringComparison.Ordinal)).Should().Equal(staying);
                }
            }
            finally
            {
                Volatile.Write(ref isDone, true);
            }
        };

        Together.Run(churn, churn, list);

        StoreIntegrity.Check(_store);
    }

    private static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"key {number}");

    /// <summary>A value that tells its key and its length, of any size class.</summary>
    private static string Stamp(string key, Random random)
    {
        var length = 1 << random.Next(2, 15);
        return $"{key}|{length}|{new string((char)('a' + (length % 26)), length)}";
    }

    private void Check(string key, Dictionary<string, long> lastSeen)
    {
        var read = _store.Get(key, out var value);
        if (read.Error != ErrorCode.None)
        {
            return;
        }

        var parts = value.Split('|');
        var length = int.Parse(parts[1], CultureInfo.InvariantCulture);
        parts[0].Should().Be(key);
        parts[2].Should().Be(new string((char)('a' + (length % 26)), length));
        read.Revision.Should().BeGreaterThanOrEqualTo(lastSeen.GetValueOrDefault(key), "revisions of a key never go back");
        lastSeen[key] = read.Revision;
    }

    private void Sweep()
    {
        for (var i = 0; i < 200; i++)
        {
            _store.SweepExpired();
            Thread.Yield();
        }
    }
}
