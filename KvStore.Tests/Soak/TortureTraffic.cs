using System.Buffers;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Writers that each own some keys, and readers of all keys that check every byte of every answer against what was written.</summary>
/// <remarks>
/// A writer tells of a version when it begins to write it and when it is done, so a reader knows the few versions that it may
/// meet: none older than was done before it asked, none later than was begun when it had its answer.
/// Writers write until the readers have read enough.
/// </remarks>
internal sealed class TortureTraffic(ShardedStore store, ManualTime time)
{
    private const int Writers = 2;
    private const int Readers = 2;
    private const int MinWrites = 25_000;
    private const int EnoughReads = 60_000;
    private const int WritesPerMillisecond = 50;
    private const int EnoughConcurrentReads = 500;
    private const int EnoughExpiries = 100;

    private readonly TortureKey[] _keys = [.. Enumerable.Range(0, TortureVersion.Keys).Select(number => new TortureKey(number))];
    private int _writing = Writers;
    private int _reading = Readers;
    private readonly int[] _atWork = new int[Writers];
    private int _concurrentReads;

    /// <summary>The bodies of the threads.</summary>
    public IReadOnlyCollection<Action> Threads =>
    [
        .. Enumerable.Range(0, Writers).Select<int, Action>(writer => () => Count(ref _writing, () => Write(writer))),
        .. Enumerable.Range(0, Readers).Select<int, Action>(seed => () => Count(ref _reading, () => Read(seed))),
    ];

    /// <summary>When all threads have ended: there was enough of everything, and each key is as it was left.</summary>
    public void Check()
    {
        _concurrentReads.Should().BeGreaterThanOrEqualTo(EnoughConcurrentReads, "reads meet writes");
        store.Statistics.ExpiredKeys.Should().BeGreaterThan(EnoughExpiries);
        _keys.Should().OnlyContain(key => key.Done >= TortureVersion.Enough, "values of all lengths are written");
        var destination = new ArrayBufferWriter<byte>();
        foreach (var key in _keys)
        {
            Read(key, destination);
        }
    }

    /// <summary>Sets, overwrites, deletes and lets expire the keys that have the number <paramref name="writer"/> modulo the writers.</summary>
    private void Write(int writer)
    {
        var random = new Random(writer);
        var destination = new ArrayBufferWriter<byte>();
        for (var writes = 0; writes < MinWrites || Volatile.Read(ref _reading) > 0; writes++)
        {
            var number = (random.Next(_keys.Length / Writers) * Writers) + writer;
            if (_keys[number].IsFull)
            {
                return;
            }

            Volatile.Write(ref _atWork[writer], number);
            Write(_keys[number]);

            // So that each length is read, whatever the readers come upon.
            Read(_keys[number], destination);
            if (writes % WritesPerMillisecond == 0)
            {
                time.Advance(1);
                store.SweepExpired();
            }
        }
    }

    private void Read(int seed)
    {
        var random = new Random(seed);
        var destination = new ArrayBufferWriter<byte>();
        var latest = new long[_keys.Length];
        for (var reads = 0; (reads < EnoughReads || Volatile.Read(ref _concurrentReads) < EnoughConcurrentReads) && Volatile.Read(ref _writing) > 0;)
        {
            // Every other read is of what is being written.
            var number = reads % 2 == 0 ? random.Next(_keys.Length) : Volatile.Read(ref _atWork[random.Next(Writers)]);
            var revision = Read(_keys[number], destination);
            if (revision == 0)
            {
                continue;
            }

            if (revision < latest[number])
            {
                throw Fault($"key {number} went back from revision {latest[number]} to {revision}");
            }

            latest[number] = revision;
            reads++;
        }
    }

    private void Write(TortureKey key)
    {
        var version = key.Begin(time.UnixMilliseconds);
        var result = version.IsDelete
            ? store.DeleteAsync(key.Bytes).Answer()
            : store.SetAsync(key.Bytes, new ReadOnlySequence<byte>(version.Value), new SetOptions(version.ContentType, version.Ttl)).Answer();
        if (result.Error != (version.IsDelete && result.Revision == 0 ? ErrorCode.KeyNotFound : ErrorCode.None))
        {
            throw Fault($"{version}: {result}");
        }

        key.End(result.Revision);
    }

    /// <returns>The revision that was read; 0 where there is none.</returns>
    private long Read(TortureKey key, ArrayBufferWriter<byte> destination)
    {
        destination.ResetWrittenCount();
        var (first, before) = (key.Done, time.UnixMilliseconds);
        var result = store.GetAsync(key.Bytes, destination).Answer();
        var (last, after) = (key.Begun, time.UnixMilliseconds);
        var bytes = destination.WrittenSpan;
        if (result.Error != ErrorCode.None)
        {
            return result.Error == ErrorCode.KeyNotFound && bytes.IsEmpty && key.MayBeMissing(first, last, after)
                ? 0
                : throw Fault($"{key} in versions {first} to {last} at {before} to {after}: {result} with {bytes.Length} bytes");
        }

        var version = WrittenAt(key, result.Revision, first, last);
        if (version.IsDelete
            || !bytes.SequenceEqual(version.Value.Span)
            || (result.ValueLength, result.ContentType) != (bytes.Length, version.ContentType)
            || (version.Ttl is null ? result.ExpiresAt != 0 : result.ExpiresAt <= before))
        {
            throw Fault($"{version} was read at {before} as {result} with {bytes.Length} bytes, not those written");
        }

        if (version.Number > first)
        {
            Interlocked.Increment(ref _concurrentReads);
        }

        return result.Revision;
    }

    /// <summary>Which of some versions has a revision. Its writer may have yet to learn that; then it is waited for.</summary>
    private TortureVersion WrittenAt(TortureKey key, long revision, int first, int last)
    {
        var wait = default(SpinWait);
        for (var number = first; number <= last; number++)
        {
            while (key.Done < number && Volatile.Read(ref _writing) > 0)
            {
                wait.SpinOnce(sleep1Threshold: -1);
            }

            if (key.RevisionOf(number) == revision)
            {
                return key.Version(number);
            }
        }

        throw Fault($"{key} was read at revision {revision}, which is none of versions {first} to {last}");
    }

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

    private static Xunit.Sdk.XunitException Fault(FormattableString message) => new(FormattableString.Invariant(message));
}
