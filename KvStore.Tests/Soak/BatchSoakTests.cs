using System.Globalization;
using KvStore.Core.Changes;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak;

/// <summary>Threads move amounts between accounts, each move one atomic batch, while others add up what all accounts have.</summary>
/// <remarks>An account without anything is no key, so keys come and go. Moves name their accounts in any order.</remarks>
public sealed class BatchSoakTests
{
    private const int Accounts = 24;
    private const int Start = 5;
    private const int Movers = 3;
    private const int Moves = 4_000;

    private readonly ShardedStore _store = new(shards: 16);
    private int _moving = Movers;

    [Fact]
    public void No_atomic_read_sees_half_of_an_atomic_write_and_the_log_has_each_whole()
    {
        _store.ExecuteAtomically(Enumerable.Range(0, Accounts).Select(i => BatchStep.Set(Account(i), $"{Start}"))).IsCarriedOut.Should().BeTrue();

        Together.Run(
        [
            .. Enumerable.Range(0, Movers).Select<int, Action>(seed => () => Move(new Random(seed))),
            () => WhileMoving(AddUp),
            FollowLog,
            () => WhileMoving(() => _store.Set("beside", "1")),
        ]);

        AddUp();
        StoreIntegrity.Check(_store);
    }

    private void Move(Random random)
    {
        for (var moved = 0; moved < Moves;)
        {
            var (from, to) = (random.Next(Accounts), random.Next(Accounts));
            var read = _store.ExecuteAtomically(BatchStep.Get(Account(from)), BatchStep.Get(Account(to))).Results(2);
            var (had, amount) = (Amount(read[0].Value), random.Next(1, 4));
            if (from != to && had >= amount
                && _store.ExecuteAtomically(
                    Put(from, had - amount, read[0].Result), Put(to, Amount(read[1].Value) + amount, read[1].Result)).IsCarriedOut)
            {
                moved++;
            }
        }

        Interlocked.Decrement(ref _moving);
    }

    private static BatchStep Put(int account, int amount, in BatchResult read)
    {
        var condition = WriteCondition.Is(read.Revision);
        return amount == 0
            ? BatchStep.Delete(Account(account), condition)
            : BatchStep.Set(Account(account), amount.ToString(CultureInfo.InvariantCulture), new SetOptions(Condition: condition));
    }

    private void AddUp() => _store.ExecuteAtomically(Enumerable.Range(0, Accounts).Select(i => BatchStep.Get(Account(i)))).Results(Accounts)
        .Sum(entry => Amount(entry.Value)).Should().Be(Accounts * Start);

    private void WhileMoving(Action action)
    {
        do
        {
            action();
        }
        while (Volatile.Read(ref _moving) > 0);
    }

    /// <summary>Reads the log as it grows: where a batch begins, the rest of it must be there already.</summary>
    private void FollowLog()
    {
        using var change = new ChangeBuffer();
        var log = StoreIntegrity.Log(_store);
        var (next, batches, inBatch) = (1L, 0, 0);
        while (true)
        {
            // Asked first: what has been written when nobody moves is all there is.
            var isLast = Volatile.Read(ref _moving) == 0;
            var reading = log.Read(next, change);
            if (reading == ChangeReading.Found)
            {
                inBatch = change.HasMore ? inBatch + 1 : 0;
                batches += change.HasMore && inBatch == 1 ? 1 : 0;
                next++;
            }
            else if (reading == ChangeReading.Gone)
            {
                (next, inBatch) = (log.OldestRevision, 0);
            }
            else if (inBatch > 0)
            {
                throw new InvalidOperationException($"The change {next} belongs to a batch of which the one before could be read.");
            }
            else if (isLast)
            {
                break;
            }
        }

        batches.Should().BePositive();
    }

    private static int Amount(string value) => value.Length == 0 ? 0 : int.Parse(value, CultureInfo.InvariantCulture);

    private static string Account(int number) => string.Create(CultureInfo.InvariantCulture, $"account/{number}");
}
