using KvStore.Core.Files;

namespace KvStore.Core.Durability;

/// <summary>A segment that is ready to be written: its header is, and its space is its own.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Salt">Its salt.</param>
/// <param name="File">The file, for its writer to dispose of.</param>
internal sealed record Segment(long Sequence, uint Salt, IDataFile File)
{
    /// <summary>Its name.</summary>
    public string Name => LogFormat.SegmentName(Sequence);
}
