using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Soak;

/// <summary>Writers, deleters, expiry and readers of a few keys, each with what it has seen, to be held against the others.</summary>
/// <remarks>Every method but <see cref="Check"/> is the body of a thread and does a bounded number of calls.</remarks>
internal sealed class StoreTraffic(ShardedStore store, ManualTime time)
{
    private const int Operations = 50_000;
    private const int KeyCount = 50;
    private const int MaxTtl = 20;

    private static readonly string[] Keys =
        [.. Enumerable.Range(0, KeyCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"key/{i}"))];

    private readonly ConcurrentDictionary<long, (string Key, StampedValue Value)> _written = [];
    private readonly ConcurrentBag<(long Revision, string Key, StampedValue Value)> _read = [];
    private readonly ConcurrentBag<long> _deleted = [];

    /// <summary>Sets keys, every other one to expire.</summary>
    public void Write(int writer)
    {
        var random = new Random(writer);
        for (var number = 0; number < Operations; number++)
        {
            var key = Any(random);
            var value = new StampedValue(writer, number);
            TimeSpan? ttl = number % 2 == 0 ? null : TimeSpan.FromMilliseconds(random.Next(1, MaxTtl));

            var result = store.Set(Utf8(key), value.Encode(key), new SetOptions(Ttl: ttl));

            Require(result.Error == ErrorCode.None, $"set {key}: {result}");
            Require(_written.TryAdd(result.Revision, (key, value)), $"revision {result.Revision} was given twice");
        }
    }

    public void Delete(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Operations; i++)
        {
            var result = store.Delete(Any(random));
            if (result.Error == ErrorCode.None)
            {
                _deleted.Add(result.Revision);
            }
            else
            {
                Require(result.Error == ErrorCode.KeyNotFound, $"delete: {result}");
            }
        }
    }

    public void Read(int seed)
    {
        var random = new Random(seed);
        var destination = new ArrayBufferWriter<byte>();
        var latest = Keys.ToDictionary(key => key, _ => 0L, StringComparer.Ordinal);
        for (var i = 0; i < Operations; i++)
        {
            var key = Any(random);
            destination.ResetWrittenCount();
            var result = store.GetAsync(Utf8(key), destination).Answer();
            if (result.Error == ErrorCode.KeyNotFound)
            {
                Require(destination.WrittenCount == 0, $"{key} is missing, yet has a value");
                continue;
            }

            Require(result.Error == ErrorCode.None, $"get {key}: {result}");
            Require(destination.WrittenCount == result.ValueLength, $"{key}: {result} with {destination.WrittenCount} bytes");
            Require(result.Revision >= latest[key], $"{key} went back from revision {latest[key]} to {result.Revision}");
            latest[key] = result.Revision;
            _read.Add((result.Revision, key, StampedValue.Decode(key, destination.WrittenSpan)));
        }
    }

    /// <summary>Moves the clock and sweeps, and looks at the whole store as it does.</summary>
    public void Expire()
    {
        var lastRevision = 0L;
        for (var i = 0; i < Operations / 20; i++)
        {
            time.Advance(1);
            store.SweepExpired();

            var statistics = store.Statistics;
            Require(statistics.Revision >= lastRevision, $"revision {statistics.Revision} came after {lastRevision}");
            Require(statistics.Keys is >= 0 and <= KeyCount, $"{statistics.Keys} keys of {KeyCount}");
            lastRevision = statistics.Revision;
        }
    }

    public void List()
    {
        for (var i = 0; i < Operations / 100; i++)
        {
            var keys = store.Search("key/", i % 2 == 0 ? "" : "7");
            Require(keys.Distinct(StringComparer.Ordinal).Count() == keys.Count, $"a key twice in {string.Join(' ', keys)}");
            Require(keys.SequenceEqual(keys.Order(StringComparer.Ordinal), StringComparer.Ordinal), $"not in order: {string.Join(' ', keys)}");
            Require(keys.TrueForAll(key => Keys.Contains(key, StringComparer.Ordinal)), $"a key of nobody in {string.Join(' ', keys)}");
        }
    }

    /// <summary>When all threads have ended: what they have seen fits together.</summary>
    public void Check()
    {
        _read.Should().NotBeEmpty();
        foreach (var (revision, key, value) in _read)
        {
            Require(_written.TryGetValue(revision, out var written) && written == (key, value), $"revision {revision} of {key} was read as {value}");
        }

        _deleted.Should().NotBeEmpty().And.OnlyHaveUniqueItems("a revision is given once");
        _deleted.Where(_written.ContainsKey).Should().BeEmpty("a revision is given once");

        var statistics = store.Statistics;
        statistics.ExpiredKeys.Should().BePositive();
        statistics.Revision.Should().Be(
            _written.Count + _deleted.Count + statistics.ExpiredKeys, "a set, a delete and an expiry take one revision each");
    }

    private static string Any(Random random) => Keys[random.Next(KeyCount)];

    /// <summary>An assertion that costs nothing where it holds: these run hundreds of thousands of times.</summary>
    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new Xunit.Sdk.XunitException(FormattableString.Invariant(otherwise));
        }
    }
}
