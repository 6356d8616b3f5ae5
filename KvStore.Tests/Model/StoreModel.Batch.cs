using KvStore.Core.Errors;
using KvStore.Core.Store.Batches;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

/// <content>Batches: in order they are no more than their operations; at once, a copy of the store is changed, and kept if nothing fails.</content>
internal sealed partial class StoreModel
{
    /// <summary>Carries out one operation.</summary>
    public (BatchResult Result, string Value) Execute(BatchStep step)
    {
        if (step.Kind == BatchKind.Get)
        {
            var (read, value) = Get(step.Key);
            return (new BatchResult(step.Kind, read.Error, read.Revision, ContentType: read.ContentType ?? "", ExpiresAt: read.ExpiresAt), value);
        }

        var holds = step.Options.Condition.Holds(RevisionOf(step.Key));
        var written = step.Kind == BatchKind.Set
            ? Set(step.Key, step.Value, step.Options.ContentType, (int?)step.Options.Ttl?.TotalMilliseconds, holds)
            : Delete(step.Key, holds);
        return (new BatchResult(step.Kind, written.Error, written.Revision, written.Created), "");
    }

    /// <summary>Carries out all operations, or names the first that fails.</summary>
    public (int Failed, BatchResult Failure, List<(BatchResult Result, string Value)> Results) ExecuteAtomically(IReadOnlyList<BatchStep> steps)
    {
        // What has expired goes first, and that stays.
        foreach (var step in steps)
        {
            RevisionForWrite(step.Key);
        }

        var (entries, revision) = (_entries.ToList(), _revision);
        var results = new List<(BatchResult Result, string Value)>();
        foreach (var step in steps)
        {
            results.Add(ExecuteAfter(revision, step));
            if (step.Kind != BatchKind.Get && results[^1].Result.Error != ErrorCode.None)
            {
                _entries.Clear();
                entries.ForEach(entry => _entries.Add(entry.Key, entry.Value));
                _revision = revision;
                return (results.Count - 1, results[^1].Result, results);
            }
        }

        return (-1, default, results);
    }

    /// <summary>Carries out an operation of a batch that began at a revision: those after it are none that a condition could name.</summary>
    private (BatchResult Result, string Value) ExecuteAfter(long begin, BatchStep step)
    {
        var isOfBatch = RevisionOf(step.Key) > begin;
        if (step.Kind == BatchKind.Get || !isOfBatch || ErrorOf(step) != ErrorCode.None)
        {
            return Execute(step);
        }

        return step.Options.Condition.Holds(-1)
            ? Execute(step with { Options = step.Options with { Condition = default } })
            : (new BatchResult(step.Kind, ErrorCode.RevisionMismatch, Revision: -1), "");
    }

    private ErrorCode ErrorOf(BatchStep step) =>
        step.Kind == BatchKind.Set && Utf8Length(step.Value) > limits.MaxValueBytes ? ErrorCode.ValueTooLarge : ErrorOf(step.Key);
}
