using System.Text;
using KvStore.Core.Errors;
using KvStore.Core.Store;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

/// <summary>What a store must do, in the plainest form: a sorted dictionary and a clock.</summary>
internal sealed class StoreModel(ManualTime time)
{
    private static readonly IComparer<string> ByBytes = Comparer<string>.Create(
        (x, y) => Encoding.UTF8.GetBytes(x).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y)));

    private readonly SortedDictionary<string, Entry> _entries = new(ByBytes);

    public (ErrorCode Error, string Value) Get(string key) =>
        Live(key) is { } entry ? (ErrorCode.None, entry.Value) : (ErrorCode.KeyNotFound, "");

    public ErrorCode Set(string key, string value, int? ttlMilliseconds, Wanted wanted)
    {
        if (!Holds(key, wanted))
        {
            return ErrorCode.RevisionMismatch;
        }

        _entries[key] = new Entry(value, ttlMilliseconds is { } ttl ? time.UnixMilliseconds + ttl : long.MaxValue);
        return ErrorCode.None;
    }

    public ErrorCode Delete(string key, Wanted wanted)
    {
        if (!Holds(key, wanted))
        {
            return ErrorCode.RevisionMismatch;
        }

        return Live(key) is not null && _entries.Remove(key) ? ErrorCode.None : ErrorCode.KeyNotFound;
    }

    public IEnumerable<string> Search(string prefix, string suffix) =>
        _entries.Keys.Where(key => Live(key) is not null && KeyGen.Matches(key, prefix, suffix));

    private Entry? Live(string key) =>
        _entries.TryGetValue(key, out var entry) && entry.ExpiresAt > time.UnixMilliseconds ? entry : null;

    private bool Holds(string key, Wanted wanted) => wanted switch
    {
        Wanted.Absent => Live(key) is null,
        Wanted.Present => Live(key) is not null,
        _ => true,
    };

    private sealed record Entry(string Value, long ExpiresAt);
}

/// <summary>The conditions that the model knows.</summary>
internal enum Wanted
{
    Anything,
    Absent,
    Present,
}

internal static class WantedConditions
{
    public static WriteCondition Condition(this Wanted wanted) => wanted switch
    {
        Wanted.Absent => WriteCondition.Absent,
        Wanted.Present => WriteCondition.Exists,
        _ => WriteCondition.None,
    };
}
