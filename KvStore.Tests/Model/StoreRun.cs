using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Model;

/// <summary>A store and its model side by side, on one clock: whatever is asked of both must be answered alike.</summary>
internal sealed class StoreRun
{
    /// <summary>Small, so that scripts reach them.</summary>
    public static readonly StoreLimits Limits = new(MaxKeyBytes: 64, MaxValueBytes: 300);

    /// <summary>Values of several size classes, and one too long.</summary>
    public static readonly string[] Values = ["", "1", "4444", new('v', 40), new('w', 300), new('x', 301)];

    private readonly RestartedStore? _files;
    private readonly Action _sweep;
    private readonly ManualTime _time;
    private readonly StoreModel _model = new(Limits);
    private IKeyValueStore _store;

    private KeyCursor _cursor = new();
    private (byte[] Prefix, byte[] Suffix, string? After) _listing = ([], [], null);

    /// <param name="store">A new store, with <see cref="Limits"/>.</param>
    /// <param name="sweep">Sweeps it.</param>
    /// <param name="time">Its clock.</param>
    public StoreRun(IKeyValueStore store, Action sweep, ManualTime time)
    {
        (_store, _sweep, _time) = (store, sweep, time);
        _model.Now = time.UnixMilliseconds;
    }

    /// <param name="files">A new store that is kept in files, with <see cref="Limits"/>: its scripts may restart it.</param>
    /// <param name="time">Its clock.</param>
    public StoreRun(RestartedStore files, ManualTime time)
        : this(files.Store, () => files.Store.SweepExpired(), time) => _files = files;

    /// <summary>Runs commands one by one; then looks at every key once more.</summary>
    public void Run(IEnumerable<StoreCommand> commands)
    {
        foreach (var command in commands)
        {
            command.Run(this);
            (_store.Statistics with { HistoryId = "", OldestRevision = 1, ChangeLogBytes = 0 }).Should().Be(_model.Statistics);
        }

        CheckAll();
    }

    public void Set(string key, string value, string? contentType, int? ttl, Condition condition)
    {
        var (storeCondition, holds) = Resolve(condition, _model.RevisionOf(key));
        TimeSpan? duration = ttl is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

        _store.Set(key, value, new SetOptions(contentType, duration, storeCondition))
            .Should().Be(_model.Set(key, value, contentType, ttl, holds));
    }

    public void Delete(string key, Condition condition)
    {
        var (storeCondition, holds) = Resolve(condition, _model.RevisionOf(key));

        _store.Delete(key, storeCondition).Should().Be(_model.Delete(key, holds));
    }

    public void Get(string key)
    {
        var result = _store.Get(key, out var value);

        (result, value).Should().Be(_model.Get(key));
    }

    /// <summary>Runs sets, gets and deletes as one batch. Conditions are of the revisions before it.</summary>
    public void Batch(IEnumerable<StoreCommand> commands, bool isAtomic, int turn)
    {
        var steps = commands.Select(ToStep).ToList();
        if (!isAtomic)
        {
            _store.Execute(turn, steps).Should().Equal(steps.Select(_model.Execute));
            return;
        }

        var outcome = _store.ExecuteAtomically(steps);
        var (failed, failure, results) = _model.ExecuteAtomically(steps);
        (outcome.FailedOperation, outcome.Failure).Should().Be((failed, failure));
        if (outcome.IsCarriedOut)
        {
            outcome.Results(steps.Count, turn).Should().Equal(results);
        }
    }

    public void Advance(int milliseconds)
    {
        _time.Advance(milliseconds);
        _model.Now = _time.UnixMilliseconds;
    }

    public void Sweep()
    {
        _sweep();
        _model.Sweep();
    }

    public void Search(KeyPart prefix, KeyPart suffix, string? after, int limit)
    {
        _cursor = after is null ? new KeyCursor() : KeyCursor.AfterKey(Utf8(after));
        _listing = (prefix.Prefix, suffix.Suffix, after);
        SearchOn(limit);
    }

    public void SearchOn(int limit)
    {
        var left = _model.Search(_listing.Prefix, _listing.Suffix, _listing.After).Take(limit + 1).ToList();

        var (keys, more) = _store.Page(new KeyFilter(_listing.Prefix, _listing.Suffix), _cursor, limit);

        keys.Should().Equal(left.Take(limit));
        more.Should().Be(left.Count > limit);
        _listing.After = keys.LastOrDefault() ?? _listing.After;
    }

    public void Count(KeyPart prefix, KeyPart suffix) =>
        _store.CountAsync(new KeyFilter(prefix.Prefix, suffix.Suffix)).Answer().Should().Be(_model.Search(prefix.Prefix, suffix.Suffix).Count());

    public void Thin(string prefix, string suffix, int oneIn)
    {
        foreach (var (i, key) in _model.Search(Utf8(prefix), Utf8(suffix)).ToList().Index())
        {
            if (i % oneIn != 0)
            {
                Delete(key, Condition.None);
            }
        }
    }

    /// <summary>Writes a little of a snapshot, beside what else happens; the last of it gives it its name.</summary>
    public void WriteSnapshot() => _files!.WriteSnapshot();

    /// <summary>Ends the store, and has another go on from its files.</summary>
    public void Restart(bool isCrash, int milliseconds)
    {
        _files!.End(isCrash);
        Advance(milliseconds);
        _files.Begin();
        _store = _files.Store;
        _model.ForgetExpiredKeys();
        StoreIntegrity.Check(_files.Store);
        CheckAll();
    }

    private void CheckAll()
    {
        (_store.Statistics with { HistoryId = "", OldestRevision = 1, ChangeLogBytes = 0 }).Should().Be(_model.Statistics);
        var keys = _model.Search([], []).ToList();
        _store.Search().Should().Equal(keys);
        keys.ForEach(Get);
    }

    private BatchStep ToStep(StoreCommand command) => command switch
    {
        SetKey set => BatchStep.Set(set.Key, set.Value, new SetOptions(
            set.ContentType,
            set.Ttl is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
            Resolve(set.Condition, _model.RevisionOf(set.Key)).Condition)),
        DeleteKey delete => BatchStep.Delete(delete.Key, Resolve(delete.Condition, _model.RevisionOf(delete.Key)).Condition),
        GetKey get => BatchStep.Get(get.Key),
        _ => throw new NotSupportedException($"{command} is no operation of a batch."),
    };

    /// <summary>The condition for a key that is at <paramref name="current"/>, and whether it holds.</summary>
    private static (WriteCondition Condition, bool Holds) Resolve(Condition condition, long current)
    {
        const long Never = long.MaxValue;
        long[] withCurrent = current == 0 ? [Never] : [Never, current];
        return condition switch
        {
            Condition.Absent => (WriteCondition.Absent, current == 0),
            Condition.Exists => (WriteCondition.Exists, current != 0),
            Condition.Current => (WriteCondition.Is(current), true),
            Condition.NotCurrent => (WriteCondition.Is(current + 1), false),
            Condition.AnyOfCurrent => (WriteCondition.IsAnyOf(withCurrent), current != 0),
            Condition.AnyOfOthers => (WriteCondition.IsAnyOf([Never]), false),
            Condition.NoneOfCurrent => (WriteCondition.IsNoneOf(withCurrent), current == 0),
            Condition.NoneOfOthers => (WriteCondition.IsNoneOf([Never]), true),
            _ => (WriteCondition.None, true),
        };
    }
}
