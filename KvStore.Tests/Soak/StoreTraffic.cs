using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Soak;

/// <summary>Writers, deleters, expiry and readers of a few keys, each with what it has seen, to be held against the others.</summary>
/// <remarks>
/// Every public method but <see cref="Check"/> is the body of a thread. Writers write until each of the others has met enough of
/// what they wrote, however the threads are scheduled; they give up after <see cref="MaxWrites"/>, and the others with them.
/// </remarks>
internal sealed class StoreTraffic(ShardedStore store, ManualTime time, int writers, int others)
{
    private const int MaxWrites = 500_000;
    private const int EnoughReads = 20_000;
    private const int EnoughDeletes = 2_000;
    private const int EnoughExpiries = 2_000;
    private const int EnoughListings = 200;
    private const int WritesPerMillisecond = 25;
    private const int KeyCount = 50;
    private const int MaxTtl = 20;

    private static readonly string[] Keys =
        [.. Enumerable.Range(0, KeyCount).Select(i => string.Create(CultureInfo.InvariantCulture, $"key/{i}"))];

    private readonly ConcurrentDictionary<long, (string Key, StampedValue Value)> _written = [];
    private readonly ConcurrentBag<(long Revision, string Key, StampedValue Value)> _read = [];
    private readonly ConcurrentBag<long> _deleted = [];
    private int _writing = writers;
    private int _waiting = others;

    /// <summary>Sets keys, every other one to expire, and moves the clock as it goes.</summary>
    public void Write(int writer) => Count(ref _writing, () =>
    {
        var random = new Random(writer);
        for (var number = 0; number < MaxWrites && Volatile.Read(ref _waiting) > 0; number++)
        {
            if (number % WritesPerMillisecond == 0)
            {
                time.Advance(1);
            }

            var key = Any(random);
            var value = new StampedValue(writer, number);
            TimeSpan? ttl = number % 2 == 0 ? null : TimeSpan.FromMilliseconds(random.Next(1, MaxTtl));

            var result = store.Set(Utf8(key), value.Encode(key), new SetOptions(Ttl: ttl));

            Require(result.Error == ErrorCode.None, $"set {key}: {result}");
            Require(_written.TryAdd(result.Revision, (key, value)), $"revision {result.Revision} was given twice");
        }
    });

    public void Delete(int seed) => Count(ref _waiting, () =>
    {
        var random = new Random(seed);
        for (var deletes = 0; deletes < EnoughDeletes && AreWriting();)
        {
            var result = store.Delete(Any(random));
            if (result.Error == ErrorCode.None)
            {
                _deleted.Add(result.Revision);
                deletes++;
            }
            else
            {
                Require(result.Error == ErrorCode.KeyNotFound, $"delete: {result}");
            }
        }
    });

    public void Read(int seed) => Count(ref _waiting, () =>
    {
        var random = new Random(seed);
        var destination = new ArrayBufferWriter<byte>();
        var latest = Keys.ToDictionary(key => key, _ => 0L, StringComparer.Ordinal);
        for (var reads = 0; reads < EnoughReads && AreWriting();)
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
            reads++;
        }
    });

    /// <summary>Sweeps, and looks at the whole store as it does.</summary>
    public void Expire() => Count(ref _waiting, () =>
    {
        var last = default(StoreStatistics);
        while (last.ExpiredKeys < EnoughExpiries && AreWriting())
        {
            store.SweepExpired();

            var statistics = store.Statistics;
            Require(statistics.Revision >= last.Revision, $"revision {statistics.Revision} came after {last.Revision}");
            Require(statistics.Keys is >= 0 and <= KeyCount, $"{statistics.Keys} keys of {KeyCount}");
            last = statistics;
        }
    });

    public void List() => Count(ref _waiting, () =>
    {
        for (var listings = 0; listings < EnoughListings && AreWriting(); listings++)
        {
            var keys = store.Search("key/", listings % 2 == 0 ? "" : "7");
            Require(keys.Distinct(StringComparer.Ordinal).Count() == keys.Count, $"a key twice in {string.Join(' ', keys)}");
            Require(keys.SequenceEqual(keys.Order(StringComparer.Ordinal), StringComparer.Ordinal), $"not in order: {string.Join(' ', keys)}");
            Require(keys.TrueForAll(key => Keys.Contains(key, StringComparer.Ordinal)), $"a key of nobody in {string.Join(' ', keys)}");
        }
    });

    /// <summary>When all threads have ended: what they have seen fits together.</summary>
    public void Check()
    {
        _read.Count.Should().BeGreaterThanOrEqualTo(EnoughReads);
        foreach (var (revision, key, value) in _read)
        {
            Require(_written.TryGetValue(revision, out var written) && written == (key, value), $"revision {revision} of {key} was read as {value}");
        }

        _deleted.Count.Should().BeGreaterThanOrEqualTo(EnoughDeletes);
        _deleted.Should().OnlyHaveUniqueItems("a revision is given once");
        _deleted.Where(_written.ContainsKey).Should().BeEmpty("a revision is given once");

        var statistics = store.Statistics;
        statistics.ExpiredKeys.Should().BeGreaterThanOrEqualTo(EnoughExpiries);
        statistics.Revision.Should().Be(
            _written.Count + _deleted.Count + statistics.ExpiredKeys, "a set, a delete and an expiry take one revision each");
    }

    private bool AreWriting() => Volatile.Read(ref _writing) > 0;

    /// <summary>Runs the body of a thread, and counts the thread out however it ends.</summary>
    private static void Count(ref int running, Action body)
    {
        try
        {
            body();
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
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
