using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>What a recovery looks at and changes beside the content of files.</summary>
internal static class RecoveryFiles
{
    /// <summary>The revision of the newest snapshot; null where there is none.</summary>
    public static long? NewestSnapshot(IDataDirectory directory)
    {
        long? newest = null;
        foreach (var name in directory.List())
        {
            if (LogFormat.TryParseSnapshot(name, out var revision))
            {
                newest = Math.Max(newest ?? 0, revision);
            }
        }

        return newest;
    }

    /// <summary>Bytes of the snapshot, and of the segments that the log may be read from: more than it will be.</summary>
    public static long BytesToRead(IDataDirectory directory, SnapshotReader? snapshot)
    {
        var sequences = SegmentFiles.List(directory);
        var bytes = snapshot?.Length ?? 0;
        for (var i = SegmentFiles.FindFirst(directory, sequences, snapshot?.Header.Revision ?? 0); i < sequences.Count; i++)
        {
            using var file = directory.OpenRead(LogFormat.SegmentName(sequences[i]));
            bytes += file.Length;
        }

        return bytes;
    }

    /// <summary>Writes an end to each segment that has none, and syncs it. Segments that were never used go, but for the only one.</summary>
    /// <returns>The segments that are left: at least one.</returns>
    /// <remarks>From the first on: a segment's end is there before that of a later one is.</remarks>
    public static List<KeptSegment> Seal(IDataDirectory directory, LogEnd log)
    {
        var kept = new List<KeptSegment>();
        foreach (var segment in log.Segments)
        {
            if (!segment.IsUsed && kept.Count > 0)
            {
                directory.Delete(segment.Name);
                continue;
            }

            if (!segment.HasEnd)
            {
                WriteEnd(directory, segment.Sequence, segment.Salt, segment.End, log.LastRevision);
            }

            kept.Add(new KeptSegment(segment.Sequence, segment.LastRevision, segment.Bytes));
        }

        directory.SyncNames();
        return kept;
    }

    /// <summary>Ends a segment at a place, durably. There is always room for that.</summary>
    public static void WriteEnd(IDataDirectory directory, long sequence, uint salt, long offset, long revision)
    {
        Span<byte> end = stackalloc byte[LogFormat.FrameBytes];
        Frame.Write(end, salt, FrameFlags.None, revision, default);
        using var file = directory.OpenWrite(LogFormat.SegmentName(sequence));
        file.Write(offset, end);
        file.Sync();
    }

    /// <summary>Removes what has no meaning any more: files that were never finished, and snapshots and segments before those that were read.</summary>
    public static void RemoveUseless(IDataDirectory directory, List<KeptSegment> kept, long? snapshot)
    {
        foreach (var name in directory.List())
        {
            if (name.EndsWith(LogFormat.Unfinished, StringComparison.Ordinal)
                || (LogFormat.TryParseSnapshot(name, out var revision) && revision < snapshot)
                || (LogFormat.TryParseSegment(name, out var sequence) && sequence < kept[0].Sequence))
            {
                directory.Delete(name);
            }
        }

        directory.SyncNames();
    }
}
