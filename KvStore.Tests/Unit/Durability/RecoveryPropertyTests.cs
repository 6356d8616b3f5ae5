using FsCheck;
using FsCheck.Fluent;
using KvStore.Core.Durability;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Durability;

/// <summary>Any history, cut anywhere, with a snapshot of any of its moments, comes back as a dictionary says.</summary>
public sealed class RecoveryPropertyTests
{
    [Fact]
    public void Any_log_cut_at_any_byte_becomes_a_moment_of_its_history()
    {
        Prop.ForAll(Histories(), Gen.Choose(0, 1_000).ToArbitrary(), (history, permille) =>
        {
            using var directory = new SimulatedDisk().Open();
            var log = Script(new LogScript(directory).Store().Segment(1), history);
            var cut = LogFormat.HeaderBytes + ((log.Bytes().Length - LogFormat.HeaderBytes) * permille / 1_000);
            log.Write(cut: cut);

            var (store, result) = DirectoryBytes.Recover(directory);

            DirectoryBytes.Content(store).Should().BeEquivalentTo(log.States[(int)result.LastRevision]);
            StoreIntegrity.Check(store);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void Any_fuzzy_snapshot_is_put_right_by_its_log()
    {
        Prop.ForAll(Histories(), Gen.Choose(0, 1_000).ToArbitrary(), Gen.Choose(0, 1_000_000).ToArbitrary(), (history, permille, seed) =>
        {
            using var directory = new SimulatedDisk().Open();
            var log = Script(new LogScript(directory).Store().Segment(1), history);
            log.End(isClean: true).Write();
            var revision = (int)(log.Revision * permille / 1_000);
            while (revision > 0 && ReferenceEquals(log.States[revision], log.States[revision - 1]))
            {
                // Within a batch, which is in the store as a whole.
                revision--;
            }

            SnapshotScript.Write(directory, revision, log.Revision, Fuzzy(log, revision, new Random(seed)));

            var (store, result) = DirectoryBytes.Recover(directory);

            result.LastRevision.Should().Be(log.Revision);
            DirectoryBytes.Content(store).Should().BeEquivalentTo(log.States[^1]);
            StoreIntegrity.Check(store);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Fact]
    public void A_replay_over_what_has_come_after_it_changes_nothing()
    {
        Prop.ForAll(Histories(), history =>
        {
            using var directory = new SimulatedDisk().Open();
            var log = Script(new LogScript(directory).Store().Segment(1), history).End(isClean: true).Write();
            SnapshotScript.Write(directory, 0, log.Revision, [.. log.States[^1].Select(entry => (entry.Key, entry.Value))]);

            DirectoryBytes.Content(DirectoryBytes.Recover(directory).Store).Should().BeEquivalentTo(log.States[^1]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));
    }

    /// <summary>Each key as it was at some moment from a revision on, which is all that a snapshot promises.</summary>
    private static List<(string Key, StoredValue Value)> Fuzzy(LogScript log, int revision, Random random)
    {
        var entries = new List<(string, StoredValue)>();
        foreach (var key in log.States.SelectMany(state => state.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (log.States[random.Next(revision, log.States.Count)].TryGetValue(key, out var value))
            {
                entries.Add((key, value));
            }
        }

        return entries;
    }

    private static LogScript Script(LogScript log, int[] history)
    {
        for (var i = 0; i < history.Length; i++)
        {
            var key = $"k{history[i] % 5}";
            var more = history[i] % 7 == 0 && i < history.Length - 1;
            _ = (history[i] / 35 % 5) switch
            {
                0 => log.Delete(key, more),
                1 => more ? log.Delete(key, more) : log.Nothing(),
                2 => log.Set(key, new string('v', history[i] % 700), more, contentType: "x/own"),
                3 => log.Synced().Set(key, $"{i}", more, expiresAt: 4_000_000_000_000),
                _ => log.Set(key, $"{i}", more),
            };
        }

        return log;
    }

    private static Arbitrary<int[]> Histories() => Gen.Choose(0, 10_000).ArrayOf().ToArbitrary();
}
