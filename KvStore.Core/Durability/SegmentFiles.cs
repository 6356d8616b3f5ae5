using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Which segments there are, and what can be told of them by a look at their beginning.</summary>
internal static class SegmentFiles
{
    /// <summary>The numbers of all segments, in order.</summary>
    public static List<long> List(IDataDirectory directory)
    {
        var sequences = new List<long>();
        foreach (var name in directory.List())
        {
            if (LogFormat.TryParseSegment(name, out var sequence))
            {
                sequences.Add(sequence);
            }
        }

        sequences.Sort();
        return sequences;
    }

    /// <summary>The place in the list of the last segment that begins no later than with the change after a revision: those before it are not needed.</summary>
    /// <returns>0 where none does, or none can be told to: then the reading finds out what is wrong, if anything is.</returns>
    public static int FindFirst(IDataDirectory directory, List<long> sequences, long after)
    {
        for (var i = sequences.Count - 1; i > 0; i--)
        {
            using var segment = SegmentReader.TryOpen(directory, sequences[i]);
            if (segment is not null
                && segment.TryRead(revision: 0, out var frame, out var change)
                && frame.Revision + (change.IsEmpty ? 1 : 0) <= after + 1)
            {
                return i;
            }
        }

        return 0;
    }

    /// <summary>The first segment, from a place in the list on, that holds a frame or the beginning of one; null where none does.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="sequences">All segments.</param>
    /// <param name="index">The first to look at.</param>
    /// <param name="last">The last revision before them.</param>
    public static long? FindUsed(IDataDirectory directory, List<long> sequences, int index, long last)
    {
        for (; index < sequences.Count; index++)
        {
            using var segment = SegmentReader.TryOpen(directory, sequences[index]);
            if (segment is null || segment.TryRead(revision: 0, out _, out _) || FrameScan.Run(segment, segment.Offset, last).Frames > 0)
            {
                return sequences[index];
            }
        }

        return null;
    }
}
