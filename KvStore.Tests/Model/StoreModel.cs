using System.Text;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Store;

namespace KvStore.Tests.Model;

/// <summary>What a store must do, told as one sorted dictionary: no shards, no locks, no bytes.</summary>
/// <remarks>Order is by code point, which is what the order of UTF-8 bytes comes to.</remarks>
internal sealed partial class StoreModel(StoreLimits limits)
{
    private readonly SortedDictionary<string, Entry> _entries = new(Comparer<string>.Create(CompareCodePoints));
    private long _revision;
    private long _expiredKeys;

    /// <summary>The time, in Unix milliseconds.</summary>
    public long Now { get; set; }

    public StoreStatistics Statistics
    {
        get
        {
            // A store sweeps before it counts.
            Sweep();
            var live = _entries.Values;
            return new StoreStatistics(live.Count, live.Sum(entry => Utf8Length(entry.Value)), _revision, _expiredKeys, "");
        }
    }

    /// <summary>The key's revision; 0 where a reader finds none.</summary>
    public long RevisionOf(string key) => _entries.TryGetValue(key, out var entry) && IsLive(entry) ? entry.Revision : 0;

    public (ReadResult Result, string Value) Get(string key)
    {
        if (ErrorOf(key) is not ErrorCode.None and var error)
        {
            return (new ReadResult(error), "");
        }

        return RevisionOf(key) == 0
            ? (new ReadResult(ErrorCode.KeyNotFound), "")
            : (Describe(_entries[key]), _entries[key].Value);
    }

    public WriteResult Set(string key, string value, string? contentType, int? ttl, bool conditionHolds)
    {
        var error = Utf8Length(value) > limits.MaxValueBytes ? ErrorCode.ValueTooLarge : ErrorOf(key);
        if (error != ErrorCode.None)
        {
            return new WriteResult(error);
        }

        var current = RevisionForWrite(key);
        if (!conditionHolds)
        {
            return new WriteResult(ErrorCode.RevisionMismatch, current);
        }

        _revision++;
        _entries[key] = new Entry(_revision, value, contentType ?? ContentTypes.Default, ttl is null ? 0 : Now + ttl.Value);
        return new WriteResult(ErrorCode.None, _revision, Created: current == 0);
    }

    public WriteResult Delete(string key, bool conditionHolds)
    {
        if (ErrorOf(key) is not ErrorCode.None and var error)
        {
            return new WriteResult(error);
        }

        var current = RevisionForWrite(key);
        if (!conditionHolds)
        {
            return new WriteResult(ErrorCode.RevisionMismatch, current);
        }

        return _entries.Remove(key) ? new WriteResult(ErrorCode.None, ++_revision) : new WriteResult(ErrorCode.KeyNotFound);
    }

    public void Sweep()
    {
        foreach (var key in _entries.Where(pair => !IsLive(pair.Value)).Select(pair => pair.Key).ToList())
        {
            Expire(key);
        }
    }

    /// <summary>The keys that match, after <paramref name="after"/> where it is given.</summary>
    public IEnumerable<string> Search(byte[] prefix, byte[] suffix, string? after = null) =>
        from pair in _entries
        where IsLive(pair.Value)
        let key = pair.Key
        where Matches(Encoding.UTF8.GetBytes(key), prefix, suffix)
        where after is null || CompareCodePoints(key, after) > 0
        select key;

    /// <summary>Counts them anew, as a store does that has been started again.</summary>
    public void ForgetExpiredKeys() => _expiredKeys = 0;

    /// <summary>The key's revision as a write finds it: one that has expired goes first, and takes a revision for that.</summary>
    private long RevisionForWrite(string key)
    {
        if (_entries.TryGetValue(key, out var entry) && !IsLive(entry))
        {
            Expire(key);
        }

        return RevisionOf(key);
    }

    private void Expire(string key)
    {
        _entries.Remove(key);
        _revision++;
        _expiredKeys++;
    }

    private bool IsLive(Entry entry) => entry.ExpiresAt == 0 || entry.ExpiresAt > Now;

    private ErrorCode ErrorOf(string key) => Utf8Length(key) switch
    {
        0 => ErrorCode.MalformedKey,
        var length when length > limits.MaxKeyBytes => ErrorCode.KeyTooLong,
        _ => ErrorCode.None,
    };

    private static ReadResult Describe(Entry entry) =>
        new(ErrorCode.None, entry.Revision, entry.ContentType, Utf8Length(entry.Value), entry.ExpiresAt);

    private static int Utf8Length(string text) => Encoding.UTF8.GetByteCount(text);

    private static bool Matches(ReadOnlySpan<byte> key, byte[] prefix, byte[] suffix) => key.StartsWith(prefix) && key.EndsWith(suffix);

    private static int CompareCodePoints(string x, string y)
    {
        var (left, right) = (x.EnumerateRunes(), y.EnumerateRunes());
        while (true)
        {
            var (more, others) = (left.MoveNext(), right.MoveNext());
            if (!more || !others)
            {
                return more.CompareTo(others);
            }

            if (left.Current != right.Current)
            {
                return left.Current.CompareTo(right.Current);
            }
        }
    }

    private sealed record Entry(long Revision, string Value, string ContentType, long ExpiresAt);
}
