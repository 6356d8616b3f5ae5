using System.Buffers;
using System.Text;
using KvStore.Core.Store;
using KvStore.Core.Store.Batches;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Support;

/// <summary>An operation of a batch, with text for key and value.</summary>
internal sealed record BatchStep(BatchKind Kind, string Key, string Value = "", SetOptions Options = default)
{
    public static BatchStep Get(string key) => new(BatchKind.Get, key);

    public static BatchStep Set(string key, string value = "", SetOptions options = default) => new(BatchKind.Set, key, value, options);

    public static BatchStep SetIf(WriteCondition condition, string key, string value = "") => Set(key, value, new SetOptions(Condition: condition));

    public static BatchStep Delete(string key, WriteCondition condition = default) =>
        new(BatchKind.Delete, key, Options: new SetOptions(Condition: condition));
}

/// <summary>The batches of a store with text for keys and values.</summary>
internal static class BatchCalls
{
    /// <summary>Puts steps into a batch.</summary>
    public static Batch ToBatch(this IEnumerable<BatchStep> steps)
    {
        var all = steps.ToList();
        var batch = new Batch(all.SelectMany(step => Utf8(step.Key).Concat(Utf8(step.Value))).ToArray());
        var at = 0;
        foreach (var step in all)
        {
            var (key, value) = (Utf8(step.Key).Length, Utf8(step.Value).Length);
            batch.Add(step.Kind, (at, key), (at + key, value), step.Options);
            at += key + value;
        }

        return batch;
    }

    /// <summary>Carries steps out one after the other, some at a turn.</summary>
    public static List<(BatchResult Result, string Value)> Execute(this IKeyValueStore store, int turn, params IEnumerable<BatchStep> steps)
    {
        var batch = steps.ToBatch();
        var results = new Collector(turn);
        for (var next = 0; next < batch.Count;)
        {
            next = store.ExecuteAsync(batch, next, results).Answer();
            results.All.Should().HaveCount(next, "each operation has its result");
        }

        return results.All;
    }

    /// <summary>Carries out all steps, or none.</summary>
    public static BatchOutcome ExecuteAtomically(this IKeyValueStore store, params IEnumerable<BatchStep> steps) =>
        store.ExecuteAtomicallyAsync(steps.ToBatch()).Answer();

    /// <summary>The results of an atomic batch that was carried out, taken some at a turn.</summary>
    public static List<(BatchResult Result, string Value)> Results(this BatchOutcome outcome, int count, int turn = 3)
    {
        outcome.IsCarriedOut.Should().BeTrue();
        var results = new Collector(turn);
        for (var next = 0; next < count;)
        {
            next = outcome.Deliver(next, results);
            results.All.Should().HaveCount(next);
        }

        return results.All;
    }

    private sealed class Collector(int turn) : IBatchResults
    {
        private readonly ArrayBufferWriter<byte> _value = new();

        public List<(BatchResult Result, string Value)> All { get; } = [];

        public IBufferWriter<byte> BeginValue()
        {
            _value.ResetWrittenCount();
            return _value;
        }

        public bool Add(in BatchResult result)
        {
            All.Add((result, Encoding.UTF8.GetString(_value.WrittenSpan)));
            _value.ResetWrittenCount();
            return All.Count % turn != 0;
        }
    }
}
