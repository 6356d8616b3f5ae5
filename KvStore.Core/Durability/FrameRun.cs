using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>The changes of a log from one revision to another, read from its segments one after the other.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class FrameRun : IDisposable
{
    private readonly IDataDirectory _directory;
    private readonly long _last;
    private readonly long _after;
    private long _sequence;
    private long _next;
    private SegmentReader? _segment;

    /// <summary>Begins after a revision.</summary>
    public FrameRun(IDataDirectory directory, long after, long last)
    {
        (_directory, _after, _last) = (directory, after, last);
        var sequences = SegmentFiles.List(directory);
        _sequence = sequences[SegmentFiles.FindFirst(directory, sequences, after)];
        IsAtEnd = after >= last;
    }

    private bool IsAtEnd { get; set; }

    /// <summary>Reads the next change; it is there until the next call. False after the last.</summary>
    /// <exception cref="IOException">What should follow is not there.</exception>
    public bool TryRead(out long revision, out ReadOnlySpan<byte> change)
    {
        revision = 0;
        change = default;
        while (!IsAtEnd)
        {
            _segment ??= SegmentReader.TryOpen(_directory, _sequence) ?? throw Missing();
            if (!_segment.TryRead(_next, out var frame, out change))
            {
                throw Missing();
            }

            if (change.IsEmpty)
            {
                _segment.Dispose();
                (_segment, _sequence) = (null, _sequence + 1);
                continue;
            }

            _next = frame.Revision + 1;
            if (frame.Revision > _after)
            {
                IsAtEnd = frame.Revision == _last;
                revision = frame.Revision;
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public void Dispose() => _segment?.Dispose();

    private StoreDamagedException Missing() => new(
        _directory.Path, LogFormat.SegmentName(_sequence), _segment?.Offset ?? 0, $"revision {Math.Max(_next, _after + 1)} should follow, and does not");
}
