using System.Buffers;

namespace KvStore.Api.Http;

/// <summary>Memory for the length of a request: from the pool where it is small. Disposing gives it back.</summary>
/// <remarks>The pool keeps what it has lent, so large arrays go to the collector instead: a few large bodies must not stay for good.</remarks>
internal readonly struct ScratchBuffer : IDisposable
{
    private const int MaxPooledBytes = 128 * 1_024;

    private readonly byte[] _array;

    public ScratchBuffer(int bytes)
    {
        _array = bytes <= MaxPooledBytes ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);
        Memory = _array.AsMemory(0, bytes);
    }

    /// <summary>The memory, of the length asked for and undefined content.</summary>
    public Memory<byte> Memory { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Memory.Length <= MaxPooledBytes)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
