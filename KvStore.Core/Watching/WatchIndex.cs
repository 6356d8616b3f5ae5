using System.Runtime.InteropServices;
using KvStore.Core.Records;
using KvStore.Core.Search;

namespace KvStore.Core.Watching;

/// <summary>Finds the watchers of a key among many: all that watch the same prefix and suffix are found with one look-up.</summary>
/// <remarks>
/// <para>Watched pairs are grouped by their two lengths. A key is cut to each pair of lengths that anyone watches, and what is cut is looked
/// up: so a change costs as many look-ups as there are different pairs of lengths, however many watchers there are.</para>
/// <para>Not thread safe.</para>
/// </remarks>
internal sealed class WatchIndex
{
    // Sets, not lists: when thousands who watch the same leave at once, each leaves at the same small cost.
    private readonly Dictionary<(int Prefix, int Suffix), Dictionary<byte[], HashSet<Watcher>>> _shapes = [];

    /// <summary>How many watchers there are.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a watcher.</summary>
    public void Add(Watcher watcher)
    {
        var shape = ShapeOf(watcher.Filter);
        ref var group = ref CollectionsMarshal.GetValueRefOrAddDefault(_shapes, shape, out _);
        group ??= new(KeyComparer.Instance);
        ref var watchers = ref CollectionsMarshal.GetValueRefOrAddDefault(group, PartsOf(watcher.Filter), out _);
        watchers ??= [];
        watchers.Add(watcher);
        Count++;
    }

    /// <summary>Removes a watcher; does nothing where it is not there.</summary>
    public void Remove(Watcher watcher)
    {
        var (shape, parts) = (ShapeOf(watcher.Filter), PartsOf(watcher.Filter));
        if (!_shapes.TryGetValue(shape, out var group) || !group.TryGetValue(parts, out var watchers) || !watchers.Remove(watcher))
        {
            return;
        }

        Count--;
        if (watchers.Count == 0)
        {
            group.Remove(parts);
        }

        if (group.Count == 0)
        {
            _shapes.Remove(shape);
        }
    }

    /// <summary>Tells everyone who watches <paramref name="key"/> of its change.</summary>
    public void Tell(ReadOnlySpan<byte> key, long revision)
    {
        foreach (var ((prefix, suffix), group) in _shapes)
        {
            if (prefix > key.Length || suffix > key.Length)
            {
                continue;
            }

            if (Find(group, key[..prefix], key[^suffix..]) is { } watchers)
            {
                foreach (var watcher in watchers)
                {
                    watcher.Tell(revision);
                }
            }
        }
    }

    /// <summary>All watchers.</summary>
    public IEnumerable<Watcher> All => _shapes.Values.SelectMany(group => group.Values).SelectMany(watchers => watchers);

    private static HashSet<Watcher>? Find(Dictionary<byte[], HashSet<Watcher>> group, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix)
    {
        var lookup = group.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (suffix.IsEmpty || prefix.IsEmpty)
        {
            return lookup.TryGetValue(suffix.IsEmpty ? prefix : suffix, out var watchers) ? watchers : null;
        }

        const int OnStack = 256;
        var length = prefix.Length + suffix.Length;
        Span<byte> parts = length <= OnStack ? stackalloc byte[OnStack] : new byte[length];
        prefix.CopyTo(parts);
        suffix.CopyTo(parts[prefix.Length..]);
        return lookup.TryGetValue(parts[..length], out var found) ? found : null;
    }

    private static (int Prefix, int Suffix) ShapeOf(KeyFilter filter) => (filter.Prefix.Length, filter.Suffix.Length);

    private static byte[] PartsOf(KeyFilter filter) => [.. filter.Prefix.Span, .. filter.Suffix.Span];
}
