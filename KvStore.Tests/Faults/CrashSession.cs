using System.Buffers;
using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Core.Watching;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Faults;

/// <summary>Someone who uses a store until the power goes, one write after the other, and notes down what was written and what the store has told.</summary>
/// <remarks>Every write has a reader that comes before it is acknowledged: what that one is told must not be lost either.</remarks>
internal sealed class CrashSession(SimulatedDisk disk, CrashRun run, DiskStoreSettings settings) : IAsyncDisposable
{
    private DiskStore? _opened;
    private IWatcher? _watcher;

    private ShardedStore Store => _opened!.Store;

    public async Task OpenAsync()
    {
        (run.IsStopping, run.IsStopped, run.IsWrittenTo) = (false, false, false);
        _opened = await DiskStore.OpenAsync(disk, settings with { Time = run.Time });
        run.HistoryId = _opened.Found.HistoryId;
        _watcher = settings.IsInTurns ? null : Store.Watch(Filter());
    }

    /// <summary>Sets a key to so many bytes, which are the next write's own.</summary>
    public Task SetAsync(string key, int bytes, int ttlMilliseconds = 0, string? contentType = null)
    {
        var value = Value(run.History.LastRevision + 1, bytes);
        var expiresAt = ttlMilliseconds == 0 ? 0 : run.Time.UnixMilliseconds + ttlMilliseconds;
        run.History.Set(key, value, contentType, expiresAt);
        return WriteAsync(key, async () =>
        {
            var result = await Store.SetAsync(Utf8(key), new ReadOnlySequence<byte>(Utf8(value)), new SetOptions(contentType, ExpiresAt: expiresAt));
            return (result.Error, result.Revision);
        });
    }

    public Task DeleteAsync(string key)
    {
        run.History.Remove(key);
        return WriteAsync(key, async () =>
        {
            var result = await Store.DeleteAsync(Utf8(key));
            return (result.Error, result.Revision);
        });
    }

    /// <summary>Sets keys, and removes others, in one atomic batch.</summary>
    public Task BatchAsync(int bytes, string[] set, params string[] removed)
    {
        var steps = new List<BatchStep>();
        foreach (var key in set)
        {
            var value = Value(run.History.LastRevision + 1, bytes);
            steps.Add(BatchStep.Set(key, value));
            run.History.Set(key, value, more: steps.Count < set.Length + removed.Length);
        }

        foreach (var key in removed)
        {
            steps.Add(BatchStep.Delete(key));
            run.History.Remove(key, more: steps.Count < set.Length + removed.Length);
        }

        var last = run.History.LastRevision;
        return WriteAsync(set[0], async () =>
        {
            try
            {
                var outcome = await Store.ExecuteAtomicallyAsync(steps.ToBatch());
                return (outcome.Refusal, outcome.IsCarriedOut ? last : 0);
            }
            catch (StorageFailedException)
            {
                return (ErrorCode.NotReady, 0);
            }
        });
    }

    /// <summary>Lets time go by until a key expires, and has it removed.</summary>
    public Task ExpireAsync(string key, int milliseconds)
    {
        run.Time.Advance(milliseconds);
        return SweepAsync(key);
    }

    /// <summary>Has a key removed that has expired.</summary>
    public Task SweepAsync(string key)
    {
        run.History.Remove(key);
        return WriteAsync(key, async () =>
        {
            try
            {
                // A list removes what has expired before it looks, and waits for that.
                await Store.CountAsync(Filter(prefix: "no such key"));
                return (ErrorCode.None, run.History.LastRevision);
            }
            catch (StorageFailedException)
            {
                return (ErrorCode.NotReady, 0);
            }
        });
    }

    public async Task SnapshotAsync()
    {
        _opened!.Settle();
        _opened.LetAll();
        try
        {
            await _opened.Durable.SnapshotAsync().WaitAsync(DiskStore.Deadline);
            run.Synced = run.History.LastRevision;
        }
        catch (Exception fault) when (fault is IOException or StorageFailedException)
        {
            // The store goes on without it, or the next write finds out that it does not.
        }
    }

    /// <summary>Stops in good order.</summary>
    public async Task StopAsync()
    {
        _opened!.Settle();
        run.IsStopping = true;
        await _opened.StopAsync();
        if (_opened.Durable.Status.Failure is null)
        {
            run.Synced = run.Written = run.History.LastRevision;
            run.IsStopped = true;
        }

        await DisposeAsync();
    }

    public async Task ReopenAsync()
    {
        await StopAsync();
        await OpenAsync();
    }

    /// <summary>Reads every key once, whatever has become of the store: each read is answered, and tells nothing that may be lost.</summary>
    public async Task ReadAllAsync()
    {
        foreach (var key in run.History.At(run.History.LastRevision, now: 0).Keys.Concat(["gone"]))
        {
            await ReadAsync(key, missing: 0).WaitAsync(DiskStore.Deadline);
        }

        try
        {
            await Store.CountAsync(Filter("a")).AsTask().WaitAsync(DiskStore.Deadline);
            run.Told = Store.Changes.LastRevision;
        }
        catch (StorageFailedException)
        {
            // It would have told of what may be lost.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_opened is { } opened)
        {
            ReadWatcher();
            _watcher?.Dispose();
            (_opened, _watcher) = (null, null);
            await opened.DisposeAsync();
        }
    }

    private async Task WriteAsync(string key, Func<Task<(ErrorCode Error, long Revision)>> write)
    {
        var expected = run.History.LastRevision;
        var isThere = run.History.At(expected, run.Time.UnixMilliseconds).ContainsKey(key);
        (ErrorCode Error, long Revision) result;
        do
        {
            _opened!.Settle();
            var writing = write();
            var reading = ReadAsync(key, missing: isThere ? 0 : expected);
            result = await writing.WaitAsync(DiskStore.Deadline);
            if (result.Error == ErrorCode.StorageFull)
            {
                _opened.LetAll();
            }

            await reading.WaitAsync(DiskStore.Deadline);
            ReadWatcher();
        }
        while (result.Error == ErrorCode.StorageFull);

        if (result.Error == ErrorCode.NotReady)
        {
            throw new StoreStoppedException();
        }

        result.Should().Be((ErrorCode.None, expected));
        run.IsWrittenTo = true;
        run.Acknowledged = expected;
        _opened.Settle();
        run.Written = _opened.Log.Failure is null ? expected : run.Written;
    }

    /// <param name="key">The key.</param>
    /// <param name="missing">The revision that someone knows of who is told that there is no such key.</param>
    private async Task ReadAsync(string key, long missing)
    {
        var read = await Store.GetAsync(Utf8(key), new ArrayBufferWriter<byte>());
        var told = read.Error switch { ErrorCode.None => read.Revision, ErrorCode.KeyNotFound => missing, _ => 0 };
        run.Told = Math.Max(run.Told, Math.Min(told, Store.Changes.LastRevision));
    }

    private void ReadWatcher()
    {
        while (_watcher?.TryRead(out var change) == WatchReading.Change)
        {
            run.Told = Math.Max(run.Told, change.Revision);
        }
    }

    private static string Value(long seed, int bytes) => string.Create(bytes, seed, (text, state) =>
    {
        // No two values have a long stretch in common, so that a piece of another is noticed.
        var random = new Random((int)state);
        var name = state.ToString(CultureInfo.InvariantCulture);
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = i < name.Length ? name[i] : (char)random.Next('!', '~');
        }
    });
}
