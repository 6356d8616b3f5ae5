using System.Globalization;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Many threads want the same thing of the same key at the same moment, and one gets it.</summary>
public sealed class WriteRaceTests
{
    private const int Threads = 8;
    private const int Races = 300;

    private readonly ManualTime _time = new();
    private readonly ShardedStore _store;

    public WriteRaceTests() => _store = new ShardedStore(time: _time);

    [Fact]
    public void A_key_that_must_not_exist_is_created_by_exactly_one()
    {
        var created = Race(i => _store.SetIf(WriteCondition.Absent, Key(i)));

        created.Should().OnlyContain(winner => winner.Created);
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void A_key_that_has_expired_is_created_again_by_exactly_one()
    {
        for (var i = 0; i < Races; i++)
        {
            _store.SetFor(1, Key(i));
        }

        _time.Advance(1);

        var created = Race(i => _store.SetIf(WriteCondition.Absent, Key(i)));

        created.Should().OnlyContain(winner => winner.Created);
        _store.Statistics.ExpiredKeys.Should().Be(Races, "each key expires once, whoever meets it");
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void A_key_at_a_revision_is_replaced_by_exactly_one()
    {
        var revisions = Enumerable.Range(0, Races).Select(i => _store.Set(Key(i)).Revision).ToArray();

        var replaced = Race(i => _store.SetIf(WriteCondition.Is(revisions[i]), Key(i)));

        replaced.Should().OnlyContain(winner => !winner.Created);
        StoreIntegrity.Check(_store);
    }

    [Fact]
    public void A_key_at_a_revision_is_deleted_by_exactly_one()
    {
        var revisions = Enumerable.Range(0, Races).Select(i => _store.Set(Key(i)).Revision).ToArray();

        Race(i => _store.Delete(Key(i), WriteCondition.Is(revisions[i])));

        _store.Count().Should().Be(0);
        StoreIntegrity.Check(_store);
    }

    /// <summary>Runs a write of each key on all threads at once. One may win each race; the others must be told by what revision.</summary>
    /// <returns>The winners.</returns>
    private List<WriteResult> Race(Func<int, WriteResult> write)
    {
        var answers = new WriteResult[Races, Threads];
        using var start = new Barrier(Threads);

        Together.Run([.. Enumerable.Range(0, Threads).Select<int, Action>(thread => () =>
        {
            for (var race = 0; race < Races; race++)
            {
                start.SignalAndWait();
                answers[race, thread] = write(race);
            }
        })]);

        var winners = new List<WriteResult>();
        for (var race = 0; race < Races; race++)
        {
            var all = Enumerable.Range(0, Threads).Select(thread => answers[race, thread]).ToList();
            var winner = all.Should().ContainSingle(answer => answer.Error == ErrorCode.None).Subject;
            all.Remove(winner);
            all.Should().OnlyContain(answer => answer.Error == ErrorCode.RevisionMismatch);
            all.Should().OnlyContain(answer => answer.Revision == _store.Get(Key(race)).Revision);
            winners.Add(winner);
        }

        return winners;
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"key/{i}");
}
