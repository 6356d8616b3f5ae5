using System.Collections.Immutable;
using KvStore.Core.Records;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>What a store was told to do, and so what it has to be after each of its revisions.</summary>
internal sealed class WrittenHistory
{
    private readonly List<Moment> _moments;

    public WrittenHistory() => _moments = [new Moment(ImmutableDictionary.Create<string, StoredValue>(StringComparer.Ordinal), IsWhole: true)];

    private WrittenHistory(IEnumerable<Moment> moments) => _moments = [.. moments];

    public long LastRevision => _moments.Count - 1;

    /// <summary>Adds a set, which belongs to the same atomic batch as the next write where there is more.</summary>
    public void Set(string key, string value, string? contentType = null, long expiresAt = 0, bool more = false)
    {
        var stored = new StoredValue(LastRevision + 1, value, contentType ?? ContentTypes.Default, expiresAt);
        _moments.Add(new Moment(_moments[^1].Content.SetItem(key, stored), !more));
    }

    /// <summary>Adds a removal.</summary>
    public void Remove(string key, bool more = false) => _moments.Add(new Moment(_moments[^1].Content.Remove(key), !more));

    /// <summary>The same, up to a revision.</summary>
    public WrittenHistory UpTo(long revision) => new(_moments.Take((int)revision + 1));

    /// <summary>Whether no atomic batch is done in part after a revision.</summary>
    public bool IsWhole(long revision) => _moments[(int)revision].IsWhole;

    /// <summary>What a store shows after a revision, at a time.</summary>
    public IReadOnlyDictionary<string, StoredValue> At(long revision, long now) =>
        _moments[(int)revision].Content.Where(entry => entry.Value.ExpiresAt == 0 || entry.Value.ExpiresAt > now)
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>The keys that are there after a revision but have expired by a time.</summary>
    public IReadOnlyList<string> ExpiredAt(long revision, long now) =>
        [.. _moments[(int)revision].Content.Where(entry => entry.Value.ExpiresAt != 0 && entry.Value.ExpiresAt <= now).Select(entry => entry.Key)];

    private sealed record Moment(ImmutableDictionary<string, StoredValue> Content, bool IsWhole);
}
