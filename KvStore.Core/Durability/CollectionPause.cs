namespace KvStore.Core.Durability;

/// <summary>Keeps the garbage collector from working while many objects are made that are all there to stay.</summary>
/// <remarks>It would go through them again and again and find nothing. When the pause ends they are made old objects at once, so that nobody waits for
/// that later. Where it cannot be had, or more is made than was said, the collector works as ever.</remarks>
internal sealed class CollectionPause : IDisposable
{
    private bool _isOver;

    private CollectionPause()
    {
    }

    /// <summary>Begins a pause.</summary>
    /// <param name="objectBytes">How much will be made of small objects.</param>
    /// <param name="arrayBytes">How much of large arrays.</param>
    /// <returns>Null where there can be none.</returns>
    public static CollectionPause? TryBegin(long objectBytes, long arrayBytes)
    {
        if (!IsRoomFor(objectBytes + arrayBytes))
        {
            return null;
        }

        try
        {
            return GC.TryStartNoGCRegion(objectBytes + arrayBytes, arrayBytes) ? new CollectionPause() : null;
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or InvalidOperationException)
        {
            // The runtime cannot have so much, or another store of this process has begun one.
            return null;
        }
    }

    /// <summary>Whether so much is no more than two thirds of what is free.</summary>
    /// <remarks>Given nearly all, the runtime keeps it for that alone: what is made beside it ends the pause, and finds no memory even then.</remarks>
    private static bool IsRoomFor(long bytes) =>
        bytes <= (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(forceFullCollection: false)) / 3 * 2;

    /// <summary>Ends it, once.</summary>
    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // More was made than was said, perhaps just now: it is over.
        }

        // Each makes what lives a generation older.
        for (var generation = 0; generation < GC.MaxGeneration; generation++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        }
    }
}
