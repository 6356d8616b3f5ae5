using KvStore.Core.Durability;
using KvStore.Tests.Support;

namespace KvStore.Tests.Faults;

/// <summary>What a run has learned from its store until the power went: what must be there when it comes back.</summary>
internal sealed class CrashRun
{
    public ManualTime Time { get; init; } = new();

    public WrittenHistory History { get; init; } = new();

    /// <summary>The last revision that was acknowledged.</summary>
    public long Acknowledged { get; set; }

    /// <summary>The last revision that a reader or a watcher was told of.</summary>
    public long Told { get; set; }

    /// <summary>The last revision that the log has given to the system, synced or not.</summary>
    public long Written { get; set; }

    /// <summary>The last revision that is synced in every mode: a snapshot was taken, or the store stopped.</summary>
    public long Synced { get; set; }

    /// <summary>The history that the store was in when it was opened last; null before that.</summary>
    public string? HistoryId { get; set; }

    /// <summary>Whether anything was written since then.</summary>
    public bool IsWrittenTo { get; set; }

    /// <summary>Whether it has begun to stop after that.</summary>
    public bool IsStopping { get; set; }

    /// <summary>Whether it has stopped in good order after that, and was not opened again.</summary>
    public bool IsStopped { get; set; }

    /// <summary>The last operations on the disk, for people.</summary>
    public Queue<string> Operations { get; } = new();

    /// <summary>The least revision that a crash may leave.</summary>
    public long Floor(SyncMode mode, bool isKilled)
    {
        var floor = mode == SyncMode.Always ? Math.Max(Acknowledged, Told) : Synced;
        return isKilled ? Math.Max(floor, Written) : floor;
    }

    /// <summary>Goes on after a crash that left a revision.</summary>
    public CrashRun After(long revision, string historyId) => new()
    {
        Time = Time,
        History = History.UpTo(revision),
        Acknowledged = revision,
        Written = revision,
        Synced = revision,
        HistoryId = historyId,
    };

    /// <summary>Notes an operation down.</summary>
    public void Note(DiskOperation operation, long number)
    {
        lock (Operations)
        {
            Operations.Enqueue($"{number} {operation}");
            if (Operations.Count > 12)
            {
                Operations.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (Operations)
        {
            return $"acknowledged {Acknowledged}, told {Told}, written {Written}, synced {Synced} of {History.LastRevision}; last operations: {string.Join(", ", Operations)}";
        }
    }
}

/// <summary>The store has told a writer that it takes no more.</summary>
internal sealed class StoreStoppedException() : Exception("The store takes no more writes.");
