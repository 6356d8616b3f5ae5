using KvStore.Core.Changes;
using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>Reads the frames of one segment, one after the other, as far as they fit.</summary>
/// <remarks>It holds a few MiB of the file, or one frame where that is longer. Not thread safe.</remarks>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>What is wrong with a segment that cannot be opened.</summary>
    public const string WrongHeader = "its header is not that of a segment, or does not fit its checksum";

    private const FrameFlags Known = FrameFlags.CleanStop | FrameFlags.SyncedBefore;

    private readonly FileWindow _window;

    private SegmentReader(FileWindow window, SegmentHeader header)
    {
        _window = window;
        Header = header;
    }

    /// <summary>The segment's header.</summary>
    public SegmentHeader Header { get; }

    /// <summary>Bytes of the file.</summary>
    public long Length => _window.Length;

    /// <summary>Where the next frame begins, in bytes.</summary>
    public long Offset { get; private set; } = LogFormat.HeaderBytes;

    /// <summary>Opens a segment; null where its header is damaged.</summary>
    /// <exception cref="DataDirectoryException">It is of a newer version.</exception>
    public static SegmentReader? TryOpen(IDataDirectory directory, long sequence)
    {
        var name = LogFormat.SegmentName(sequence);
        var window = new FileWindow(directory.OpenRead(name));
        try
        {
            if (SegmentHeader.TryRead(window.Peek(0, LogFormat.HeaderBytes), out var header)
                && (header.Version > LogFormat.Version || header.Sequence == sequence))
            {
                return header.Version <= LogFormat.Version
                    ? new SegmentReader(window, header)
                    : throw StoreIdentity.NewerVersion(System.IO.Path.Combine(directory.Path, name), header.Version);
            }
        }
        catch
        {
            window.Dispose();
            throw;
        }

        window.Dispose();
        return null;
    }

    /// <summary>Reads the next frame, where there is one that fits.</summary>
    /// <param name="revision">The revision that a change must have; 0 for any. An end's is one less.</param>
    /// <param name="frame">The frame; where it does not fit, what is in its place.</param>
    /// <param name="change">The change, until the next call; empty for an end.</param>
    /// <returns>False where what comes next is no frame, or not that one; then nothing has been read.</returns>
    public bool TryRead(long revision, out Frame frame, out ReadOnlySpan<byte> change)
    {
        if (!TryPeek(Offset, out frame, out var bytes, Math.Max(1, revision), revision == 0 ? long.MaxValue : revision))
        {
            change = default;
            return false;
        }

        change = bytes[LogFormat.FrameBytes..];
        Offset += bytes.Length;
        return true;
    }

    /// <summary>Reads the frame at any place, where there is one.</summary>
    /// <param name="offset">The place.</param>
    /// <param name="frame">The frame, or what is in its place.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="least">The least revision that a change may have there; an end's is one less.</param>
    /// <param name="most">The greatest.</param>
    /// <remarks>What decides is looked at before anything is read or made room for: lengths are not to be believed.</remarks>
    public bool TryPeek(long offset, out Frame frame, out ReadOnlySpan<byte> bytes, long least, long most)
    {
        frame = default;
        bytes = _window.Peek(offset, LogFormat.FrameBytes);
        if (bytes.Length < LogFormat.FrameBytes)
        {
            return false;
        }

        frame = Frame.Read(bytes, Header.Salt);
        if (!IsPlausible(frame, least, most) || frame.Length > Length - offset - LogFormat.FrameBytes)
        {
            return false;
        }

        bytes = _window.Peek(offset, LogFormat.FrameBytes + frame.Length);
        return bytes.Length == LogFormat.FrameBytes + frame.Length && Frame.IsWhole(bytes, Header.Salt);
    }

    /// <summary>Whether what may be a frame says nothing that no frame says.</summary>
    public static bool IsPlausible(in Frame frame, long least, long most) =>
        frame.Length == 0
            ? frame.Revision >= least - 1 && frame.Revision < most && (frame.Flags & ~Known) == FrameFlags.None
            : frame.Revision >= least && frame.Revision <= most && frame.Length >= ChangeRecord.HeaderBytes && (frame.Flags & ~FrameFlags.SyncedBefore) == FrameFlags.None;

    /// <summary>The bytes from a place on, some MiB at the most; empty at the file's end.</summary>
    public ReadOnlySpan<byte> PeekAhead(long offset) => _window.PeekAhead(offset);

    /// <inheritdoc />
    public void Dispose() => _window.Dispose();
}
