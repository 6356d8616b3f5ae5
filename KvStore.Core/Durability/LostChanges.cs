using System.Runtime.InteropServices;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>What there is in a log after its first damage.</summary>
/// <param name="LastRevision">The greatest revision of a whole frame there; 0 where there is none.</param>
/// <param name="Bytes">Bytes from where the log is cut to the last whole frame of each segment.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LostChanges(long LastRevision, long Bytes)
{
    /// <summary>Looks through the segments from the damage on.</summary>
    public static LostChanges Find(IDataDirectory directory, LogEnd log, LogDamage damage)
    {
        var result = default(LostChanges);
        var sequences = SegmentFiles.List(directory);
        var most = log.LastRevision + MostChanges(directory, sequences);
        foreach (var sequence in sequences)
        {
            if (sequence < damage.Sequence)
            {
                continue;
            }

            using var segment = SegmentReader.TryOpen(directory, sequence);
            if (segment is null)
            {
                continue;
            }

            var start = log.Segments.Count > 0 && log.Segments[^1].Sequence == sequence ? log.Segments[^1].End : LogFormat.HeaderBytes;
            var scan = FrameScan.Run(segment, start, log.LastRevision, most);
            if (scan.Frames > 0)
            {
                result = new LostChanges(Math.Max(result.LastRevision, scan.LastRevision), result.Bytes + scan.End - start);
            }
        }

        return result;
    }

    /// <summary>How many changes fit into so many segments: a greater revision is none of theirs.</summary>
    private static long MostChanges(IDataDirectory directory, List<long> sequences)
    {
        var bytes = 0L;
        foreach (var sequence in sequences)
        {
            using var file = directory.OpenRead(LogFormat.SegmentName(sequence));
            bytes += file.Length;
        }

        return (bytes / (LogFormat.FrameBytes + Changes.ChangeRecord.HeaderBytes)) + 1;
    }
}
