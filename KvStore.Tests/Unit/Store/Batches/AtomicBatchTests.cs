using KvStore.Core.Changes;
using KvStore.Core.Errors;
using KvStore.Core.Search;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Core.Watching;
using KvStore.Tests.Support;
using static KvStore.Tests.Support.BatchStep;

namespace KvStore.Tests.Unit.Store.Batches;

public sealed class AtomicBatchTests
{
    private const int MaxWrites = 512;

    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public AtomicBatchTests() =>
        _store = new ShardedStore(time: _time, window: new ChangeLogLimits(WindowRecords: 2 * MaxWrites));

    [Fact]
    public void All_writes_take_consecutive_revisions_and_each_operation_sees_those_before_it()
    {
        _store.Set("a", "old");

        var results = Run(
            Get("a"), Set("a", "1"), Get("a"), Delete("a"), Get("a"), Set("b", "2"), SetIf(WriteCondition.Absent, "a", "3"), Get("a"));

        results.Select(entry => (entry.Result.Error, entry.Result.Revision, entry.Result.Created, entry.Value)).Should().Equal(
            (ErrorCode.None, 1, false, "old"),
            (ErrorCode.None, 2, false, ""),
            (ErrorCode.None, 2, false, "1"),
            (ErrorCode.None, 3, false, ""),
            (ErrorCode.KeyNotFound, 0, false, ""),
            (ErrorCode.None, 4, true, ""),
            (ErrorCode.None, 5, true, ""),
            (ErrorCode.None, 5, false, "3"));
        _store.Get("a", out var value).Revision.Should().Be(5);
        value.Should().Be("3");
        Check();
    }

    [Theory]
    [InlineData("mismatch")]
    [InlineData("missing")]
    [InlineData("long key")]
    [InlineData("long value")]
    [InlineData("empty key")]
    public void Where_one_write_fails_nothing_is_written_and_it_is_named(string how)
    {
        _store.Set("a", "1");
        var (failing, error) = how switch
        {
            "mismatch" => (SetIf(WriteCondition.Is(7), "a"), ErrorCode.RevisionMismatch),
            "missing" => (Delete("c"), ErrorCode.KeyNotFound),
            "long key" => (Set(new string('k', 1_025)), ErrorCode.KeyTooLong),
            "long value" => (Set("c", new string('v', 1_048_577)), ErrorCode.ValueTooLarge),
            _ => (Set(""), ErrorCode.MalformedKey),
        };

        var outcome = _store.ExecuteAtomically(Get("none"), Set("b", "2"), Delete("a"), Set("a"), failing, Delete("d"));

        outcome.IsCarriedOut.Should().BeFalse();
        outcome.FailedOperation.Should().Be(4);
        outcome.Failure.Error.Should().Be(error);
        _store.Search().Should().Equal("a");
        _store.Statistics.Revision.Should().Be(1);
        Check();
    }

    [Fact]
    public void No_condition_on_a_revision_holds_for_a_key_that_the_batch_has_written()
    {
        foreach (var revision in new[] { 1, 2, long.MaxValue })
        {
            var outcome = _store.ExecuteAtomically(Set("a"), SetIf(WriteCondition.Is(revision), "a"));

            outcome.FailedOperation.Should().Be(1);
            outcome.Failure.Should().Be(new BatchResult(BatchKind.Set, ErrorCode.RevisionMismatch, Revision: -1));
        }

        Run(Set("a"), SetIf(WriteCondition.Exists, "a"), Delete("a"), SetIf(WriteCondition.Is(0), "a"));
        Check();
    }

    [Fact]
    public void A_get_fails_nothing_whatever_its_key()
    {
        Run(Get("none"), Get(new string('k', 1_025)), Get(""), Set("a")).Select(entry => entry.Result.Error)
            .Should().Equal(ErrorCode.KeyNotFound, ErrorCode.KeyTooLong, ErrorCode.MalformedKey, ErrorCode.None);
    }

    [Fact]
    public void A_key_that_has_expired_expires_before_the_batch_takes_its_revisions()
    {
        _store.SetFor(1, "a");
        _time.Advance(1);

        Run(Set("b"), SetIf(WriteCondition.Absent, "a")).Select(entry => entry.Result.Revision).Should().Equal(3, 4);

        _store.Statistics.ExpiredKeys.Should().Be(1);
        Check();
    }

    [Fact]
    public void A_ttl_counts_from_the_batch_and_shows_in_it()
    {
        var ttl = new SetOptions(Ttl: TimeSpan.FromMilliseconds(5), ContentType: "x/y");

        var read = Run(Set("a", "1", ttl), Get("a"))[1].Result;

        read.ExpiresAt.Should().Be(_time.UnixMilliseconds + 5);
        read.ContentType.Should().Be("x/y");
        Check();
        _time.Advance(5);
        _store.Has("a").Should().BeFalse();
        _store.SweepExpired();
        Check();
    }

    [Fact]
    public void Values_of_all_sizes_are_kept_while_they_are_replaced()
    {
        string[] values = ["", "1", new('s', 16_000), new('m', 20_000), new('l', 1_048_576)];
        for (var i = 0; i < values.Length; i++)
        {
            _store.Set($"{i}", values[i]);
        }

        var keys = Enumerable.Range(0, values.Length).Select(i => $"{i}").ToList();
        var outcome = _store.ExecuteAtomically([.. keys.Select(Get), .. keys.Select(key => Set(key, "new " + key)), .. keys.Select(Get)]);
        _store.ExecuteAtomically([.. keys.Select(key => Delete(key))]).IsCarriedOut.Should().BeTrue();

        var read = outcome.Results(3 * values.Length).Select(entry => entry.Value).ToList();
        read.Take(values.Length).Should().Equal(values);
        read.TakeLast(values.Length).Should().Equal(keys.Select(key => "new " + key));
        Check();
    }

    [Fact]
    public void More_writes_than_the_log_takes_as_one_are_refused_before_anything_is_written()
    {
        _store.ExecuteAtomically(Enumerable.Range(0, MaxWrites + 1).Select(i => Set($"{i}"))).Excess
            .Should().Be(new BatchExcess("writes", MaxWrites));
        _store.ExecuteAtomically(Enumerable.Range(0, 9).Select(i => Set($"{i}", new string('v', 1_048_576)))).Excess!.Of
            .Should().Contain("bytes");
        _store.Count().Should().Be(0);

        _store.ExecuteAtomically(Enumerable.Range(0, MaxWrites).Select(i => Set($"{i}"))).IsCarriedOut.Should().BeTrue();
        Check();
    }

    [Fact]
    public void More_values_than_can_wait_in_memory_are_refused_and_one_read_often_is_one()
    {
        var keys = Enumerable.Range(0, 65).Select(i => $"{i}").ToList();
        keys.ForEach(key => _store.Set(key, new string('v', 1_048_576)));

        _store.ExecuteAtomically(keys.Select(Get).Append(Set("new"))).Excess.Should().Be(new BatchExcess("bytes of values read", 67_108_864));
        _store.Has("new").Should().BeFalse();

        var outcome = _store.ExecuteAtomically(Enumerable.Repeat(Get("0"), 200));
        outcome.Results(200).Should().OnlyContain(entry => entry.Value.Length == 1_048_576);
    }

    [Fact]
    public void A_watcher_sees_the_whole_batch_in_order()
    {
        using var watcher = _store.Watch(new KeyFilter(), since: 0)!;
        Run(Set("a", "1"), Set("a", "2"), Delete("a"), Set("b", "3"));

        var seen = new List<string>();
        while (seen.Count < 4)
        {
            if (watcher.TryRead(out var change) == WatchReading.Change)
            {
                seen.Add($"{change.Revision} {change.Kind} {System.Text.Encoding.UTF8.GetString(change.Key)} {System.Text.Encoding.UTF8.GetString(change.Value)}".TrimEnd());
            }
        }

        seen.Should().Equal("1 Set a 1", "2 Set a 2", "3 Delete a", "4 Set b 3");
    }

    [Fact]
    public void A_batch_of_nothing_does_nothing()
    {
        _store.ExecuteAtomically().IsCarriedOut.Should().BeTrue();
        _store.Statistics.Revision.Should().Be(0);
    }

    private List<(BatchResult Result, string Value)> Run(params BatchStep[] steps) => _store.ExecuteAtomically(steps).Results(steps.Length);

    private void Check()
    {
        StoreIntegrity.Check(_store);
        StoreIntegrity.CheckLog(_store);
    }
}
