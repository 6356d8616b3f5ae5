using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KvStore.Core.Durability;

/// <summary>Looks for whole frames behind a place where none fits: they tell a crash in the middle of a write from damage.</summary>
internal static class FrameScan
{
    private const int LeastFrame = LogFormat.FrameBytes + Changes.ChangeRecord.HeaderBytes;

    /// <summary>Looks through the rest of a segment.</summary>
    /// <param name="reader">The segment.</param>
    /// <param name="offset">The first place to look at, in bytes.</param>
    /// <param name="last">The revision of the last change before: what comes after it has greater ones.</param>
    /// <param name="most">The greatest revision to look for; 0 = as many more as fit in.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static FrameScanResult Run(SegmentReader reader, long offset, long last, long most = 0, CancellationToken cancellationToken = default)
    {
        var result = new FrameScanResult(null, 0, 0, offset);
        most = most > 0 ? most : last + 1 + ((reader.Length - offset) / LeastFrame);
        while (offset + LogFormat.FrameBytes <= reader.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = reader.PeekAhead(offset);
            var candidate = FindRevision(bytes, last, most, Frame.Mask(reader.Header.Salt));
            if (candidate < 0)
            {
                // The last bytes may be the beginning of a frame.
                offset += Math.Max(1, bytes.Length - LogFormat.FrameBytes + 1);
                continue;
            }

            offset += candidate;
            if (!reader.TryPeek(offset, out var frame, out var whole, last + 1, most))
            {
                offset++;
                continue;
            }

            var isFirstSynced = result.SyncedAt is null && frame.Flags.HasFlag(FrameFlags.SyncedBefore);
            result = new FrameScanResult(
                isFirstSynced ? offset : result.SyncedAt, result.Frames + 1, Math.Max(result.LastRevision, frame.Revision), offset + whole.Length);
            offset += whole.Length;
        }

        return result;
    }

    /// <summary>The first place in <paramref name="bytes"/> where a frame's revision could be one that is looked for; -1 where there is none.</summary>
    private static int FindRevision(ReadOnlySpan<byte> bytes, long last, long most, long mask)
    {
        var places = bytes.Length - LogFormat.FrameBytes;
        for (var place = 0; place <= places; place++)
        {
            var stored = BinaryPrimitives.ReadInt64LittleEndian(bytes[(place + Frame.RevisionOffset)..]);
            if (stored == 0)
            {
                // Most of an unfinished segment is zeros.
                var rest = bytes[(place + LogFormat.FrameBytes)..].IndexOfAnyExcept((byte)0);
                if (rest < 0)
                {
                    return -1;
                }

                place += rest;
                continue;
            }

            var revision = stored ^ mask;
            if (revision >= last && revision <= most)
            {
                return place;
            }
        }

        return -1;
    }
}

/// <summary>What was found behind a place where no frame fits.</summary>
/// <param name="SyncedAt">Where the first frame is that says that everything before it had been synced; null where none does.</param>
/// <param name="Frames">How many whole frames there are.</param>
/// <param name="LastRevision">The greatest revision of them; 0 where there are none.</param>
/// <param name="End">Where the last of them ends, in bytes; where there are none, where the search began.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameScanResult(long? SyncedAt, int Frames, long LastRevision, long End);
