namespace KvStore.Tests.Soak.Crash;

/// <summary>What has been written to a key since its state was last known for sure, and what was shown of it: says whether a state can be explained by that.</summary>
/// <remarks>Not thread safe: <see cref="CrashHistory"/> has the lock.</remarks>
internal sealed class CrashKey
{
    private readonly List<CrashWrite> _writes = [];

    /// <summary>All that is known, in the order in which it was sent.</summary>
    public IReadOnlyList<CrashWrite> Writes => _writes;

    public void Add(CrashWrite write) => _writes.Add(write);

    public void Remove(CrashWrite write) => _writes.Remove(write);

    /// <summary>Why nobody may be shown a set by a read that was sent at a moment; null where one may.</summary>
    public string? WhyStale(CrashWrite shown, long sentAt) =>
        _writes.FirstOrDefault(write => write != shown && write.DoneAt < sentAt && Replaces(write) && write.IsAfter(shown)) is { } later
            ? $"{shown} was read after {later}"
            : null;

    /// <summary>Why the key cannot be as it is when nothing is under way; null where it can.</summary>
    /// <param name="set">The set whose value it has; null where it is missing.</param>
    /// <param name="now">The time, Unix milliseconds.</param>
    public string? WhyWrong(CrashWrite? set, long now)
    {
        if (set is not null)
        {
            return _writes.FirstOrDefault(write => write != set && write.IsDone && Replaces(write) && write.IsAfter(set)) is { } lost
                ? $"{lost} is lost: there is {set}"
                : null;
        }

        // Where nothing was ever seen there, and no set is known to be carried out, it has never been there.
        var there = _writes.Where(write => write.IsDone && write.Kind is CrashWriteKind.Set or CrashWriteKind.SeenPresent).ToList();
        return there.Count == 0 || _writes.Exists(write => Removes(write, now) && !there.Exists(later => later.IsAfter(write) && IsOther(later, write)))
            ? null
            : $"{there.MaxBy(write => (write.Revision, write.SentAt))} is lost: there is no such key";
    }

    /// <summary>Whether a set's key has expired since it was read.</summary>
    public bool HasExpired(CrashWrite set) =>
        set.Expires && _writes.Exists(write => write.IsExpiry && write.Revision > set.Revision && !_writes.Exists(other =>
            other != set && other.Kind == CrashWriteKind.Set && other.Revision > set.Revision && other.Revision < write.Revision));

    /// <summary>Forgets what was, now that it is known what there is.</summary>
    public void Settle(CrashWrite? set)
    {
        _writes.Clear();
        if (set is not null)
        {
            _writes.Add(set);
        }
    }

    /// <summary>Forgets what a kill may take from a store that acknowledges before it writes: revisions after the last of its log.</summary>
    /// <returns>How many acknowledged writes are known to be gone.</returns>
    public int Lose(long lastRevision)
    {
        var lost = _writes.Count(write => write.IsAcknowledged && write.Revision > lastRevision);
        _writes.RemoveAll(write => write.Revision > lastRevision || write.Kind is CrashWriteKind.SeenMissing or CrashWriteKind.SeenPresent);
        foreach (var write in _writes.Where(write => write.Revision == 0))
        {
            write.DoneAt = long.MaxValue;
        }

        return lost;
    }

    private static bool Replaces(CrashWrite write) => write.Kind != CrashWriteKind.SeenPresent;

    private static bool Removes(CrashWrite write, long now) =>
        write.Kind == CrashWriteKind.Delete || (write.Kind == CrashWriteKind.Set && write.EarliestExpiry <= now);

    /// <summary>Whether what was there cannot be the value of a set: a list that was shown before it expired does not tell.</summary>
    private static bool IsOther(CrashWrite there, CrashWrite write) => write.Kind == CrashWriteKind.Delete || there.Kind == CrashWriteKind.Set;
}
