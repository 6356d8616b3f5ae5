using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>What a recovery looks at and changes beside the content of files.</summary>
internal static class RecoveryFiles
{
    private const int CopyBytes = 1 << 20;

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

    /// <summary>Has the log end as after a stop in good order. Segments that were never used go, but for the only one.</summary>
    /// <returns>The segments that are left: at least one.</returns>
    /// <remarks>From the first on: a segment's end is there before that of a later one is. To be called when the history is known that the
    /// log's revisions belong to: from here on nothing is lost that anyone has seen of it.</remarks>
    public static List<KeptSegment> Seal(IDataDirectory directory, LogEnd log)
    {
        var kept = new List<KeptSegment>();
        var unused = new Stack<string>();
        foreach (var segment in log.Segments)
        {
            if (!segment.IsUsed && kept.Count > 0)
            {
                unused.Push(segment.Name);
                continue;
            }

            var bytes = segment.Bytes;
            if (!segment.HasEnd || IsLastUsed(log, segment))
            {
                bytes = segment.End + LogFormat.FrameBytes;
                WriteAgain(directory, segment);
                WriteEnd(directory, segment.Sequence, segment.Salt, segment.End, log.LastRevision, FrameFlags.CleanStop, bytes);
            }

            kept.Add(new KeptSegment(segment.Sequence, segment.LastRevision, bytes));
        }

        // The last first: one that is missing among others would be damage.
        foreach (var name in unused)
        {
            directory.Delete(name);
        }

        directory.SyncNames();
        return kept;
    }

    /// <summary>Ends a segment at a place, durably. There is always room for that.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="sequence">The segment's number.</param>
    /// <param name="salt">Its salt.</param>
    /// <param name="offset">Where its end is to be.</param>
    /// <param name="revision">The last revision before that.</param>
    /// <param name="flags">What the end tells.</param>
    /// <param name="length">What the file is to be cut to, as nobody writes to it any more; null = it stays as long as it is.</param>
    public static void WriteEnd(
        IDataDirectory directory, long sequence, uint salt, long offset, long revision, FrameFlags flags = FrameFlags.None, long? length = null)
    {
        Span<byte> end = stackalloc byte[LogFormat.FrameBytes];
        Frame.Write(end, salt, flags, revision, default);
        using var file = directory.OpenWrite(LogFormat.SegmentName(sequence));
        file.Write(offset, end);
        file.Sync();
        if (length is { } kept)
        {
            file.SetLength(kept);
        }
    }

    /// <summary>Writes the end of a segment's changes once more, as it was read.</summary>
    /// <remarks>When a sync has failed, or was never made, the system may show what is not on the disk, and take it for being there: then no later sync writes
    /// it. What is written again is.</remarks>
    private static void WriteAgain(IDataDirectory directory, ReadSegment segment)
    {
        if (segment.Synced == segment.End)
        {
            return;
        }

        using var file = directory.OpenWrite(segment.Name);
        var buffer = new byte[(int)Math.Min(CopyBytes, segment.End - segment.Synced)];
        for (var offset = segment.Synced; offset < segment.End; offset += buffer.Length)
        {
            var count = file.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, segment.End - offset)));
            file.Write(offset, buffer.AsSpan(0, count));
        }
    }

    private static bool IsLastUsed(LogEnd log, ReadSegment segment) =>
        ReferenceEquals(segment, log.Segments.LastOrDefault(other => other.IsUsed) ?? log.Segments[0]);

    /// <summary>Removes what has no meaning any more: files that were never finished, and snapshots and segments before those that were read.</summary>
    public static void RemoveUseless(IDataDirectory directory, List<KeptSegment> kept, long? snapshot)
    {
        foreach (var name in directory.List())
        {
            if (LogFormat.IsUnfinished(name)
                || (LogFormat.TryParseSnapshot(name, out var revision) && revision < snapshot)
                || (LogFormat.TryParseSegment(name, out var sequence) && sequence < kept[0].Sequence))
            {
                directory.Delete(name);
            }
        }

        directory.SyncNames();
    }
}
