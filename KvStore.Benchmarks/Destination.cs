using System.Buffers;

namespace KvStore.Benchmarks;

/// <summary>Where values are copied to: always to the same place, so that what is measured is the map.</summary>
internal sealed class Destination : IBufferWriter<byte>
{
    // So large that no two threads write to the same line of the cache.
    private readonly byte[] _bytes = new byte[4_096];

    /// <inheritdoc/>
    public void Advance(int count)
    {
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes;

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0) => _bytes;
}
