using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>A part of a log as one segment of its own: the same changes, with the checksums of another salt.</summary>
/// <remarks>Holds one frame and some MiB of a segment. The part has to be on the disk, and to stay there.</remarks>
internal sealed class LogExcerpt
{
    private readonly IDataDirectory _directory;
    private readonly Guid _historyId;
    private readonly long _after;
    private readonly long _last;

    /// <summary>Measures the part.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="historyId">The history for the segment's header.</param>
    /// <param name="after">The revision after which it begins.</param>
    /// <param name="last">The revision with which it ends.</param>
    /// <exception cref="IOException">A change of it cannot be read.</exception>
    public LogExcerpt(IDataDirectory directory, Guid historyId, long after, long last)
    {
        (_directory, _historyId, _after, _last) = (directory, historyId, after, last);
        Length = LogFormat.HeaderBytes + LogFormat.FrameBytes;
        using var frames = new FrameRun(directory, after, last);
        while (frames.TryRead(out _, out var change))
        {
            Length += LogFormat.FrameBytes + change.Length;
        }
    }

    /// <summary>Bytes of the segment.</summary>
    public long Length { get; }

    /// <summary>Opens the segment.</summary>
    public Stream OpenStream() => new LogExcerptStream(new FrameRun(_directory, _after, _last), Length, _historyId, _last);

    private sealed class LogExcerptStream : ForwardStream
    {
        private readonly FrameRun _frames;
        private readonly long _lastRevision;
        private readonly uint _salt = BitConverter.ToUInt32(Guid.NewGuid().ToByteArray());
        private byte[] _piece = new byte[64 * 1_024];
        private int _read;
        private int _count = LogFormat.HeaderBytes;
        private bool _isEnded;

        public LogExcerptStream(FrameRun frames, long length, Guid historyId, long lastRevision)
            : base(length)
        {
            (_frames, _lastRevision) = (frames, lastRevision);
            new SegmentHeader(LogFormat.Version, Sequence: 1, _salt, historyId, IsAlways: false, CreatedAt: 0).Write(_piece.AsSpan(0, LogFormat.HeaderBytes));
        }

        protected override int ReadNext(Span<byte> destination)
        {
            if (_read == _count)
            {
                Fill();
            }

            var count = Math.Min(destination.Length, _count - _read);
            _piece.AsSpan(_read, count).CopyTo(destination);
            _read += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _frames.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Fill()
        {
            (_read, _count) = (0, 0);
            if (_isEnded)
            {
                return;
            }

            // Whatever does not fit in a file that was copied is damage, and no torn tail.
            if (!_frames.TryRead(out var revision, out var change))
            {
                revision = _lastRevision;
                _isEnded = true;
            }

            _count = LogFormat.FrameBytes + change.Length;
            if (_piece.Length < _count)
            {
                _piece = new byte[_count];
            }

            change.CopyTo(_piece.AsSpan(LogFormat.FrameBytes));
            Frame.Write(_piece.AsSpan(0, LogFormat.FrameBytes), _salt, FrameFlags.SyncedBefore, revision, change);
        }
    }
}
