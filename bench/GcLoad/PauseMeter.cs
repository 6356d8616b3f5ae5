namespace GcLoad;

/// <summary>What the collector has done since the meter was made.</summary>
internal sealed class PauseMeter
{
    private static readonly GCKind[] Kinds = [GCKind.Ephemeral, GCKind.Background, GCKind.FullBlocking];

    private readonly TimeSpan _before = GC.GetTotalPauseDuration();
    private readonly int[] _collections = Collections();
    private readonly long _lastIndex = GC.GetGCMemoryInfo(GCKind.Any).Index;
    private TimeSpan _seen = GC.GetTotalPauseDuration();

    /// <summary>All pauses together.</summary>
    public TimeSpan Total => GC.GetTotalPauseDuration() - _before;

    /// <summary>The longest pause that <see cref="Sample"/> has seen.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Collections of generation 0, 1 and 2, each counted once.</summary>
    public string Counts
    {
        get
        {
            var now = Collections();
            return string.Join(" + ", now.Select((count, generation) => count - _collections[generation]));
        }
    }

    /// <summary>Looks at the last collections: to be called often enough that none is followed by another of its kind between two calls.</summary>
    public void Sample()
    {
        // Costs nothing while there is no collection.
        if (GC.GetTotalPauseDuration() is var total && total == _seen)
        {
            return;
        }

        _seen = total;
        foreach (var kind in Kinds)
        {
            var info = GC.GetGCMemoryInfo(kind);
            if (info.Index > _lastIndex)
            {
                foreach (var pause in info.PauseDurations)
                {
                    Longest = pause > Longest ? pause : Longest;
                }
            }
        }
    }

    private static int[] Collections() =>
        [GC.CollectionCount(0) - GC.CollectionCount(1), GC.CollectionCount(1) - GC.CollectionCount(2), GC.CollectionCount(2)];
}
