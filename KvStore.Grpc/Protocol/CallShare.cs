namespace KvStore.Grpc.Protocol;

/// <summary>What one call takes of <see cref="CallMemory"/>. Disposing gives all of it back.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class CallShare(CallMemory memory) : IDisposable
{
    /// <summary>From how many bytes on a call is counted: what it costs beside its messages is not much less.</summary>
    public const int LongBytes = 16 * 1_024;

    /// <summary>The most parts that a message may have.</summary>
    public int MaxParts => memory.MaxParts;

    /// <summary>The bytes that it holds.</summary>
    public long Held { get; private set; }

    /// <summary>Takes room for bytes; false where there is none.</summary>
    public bool TryHold(long bytes)
    {
        var counted = Counted(Held);
        var more = Counted(Held + bytes) - counted;
        if (more > 0 && !memory.TryTake(more, counted))
        {
            return false;
        }

        Held += bytes;
        return true;
    }

    /// <summary>Takes room for bytes.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public void Hold(long bytes)
    {
        if (!TryHold(bytes))
        {
            throw new RpcException(CallMemory.Full);
        }
    }

    /// <summary>Gives room for bytes back.</summary>
    public void Release(long bytes)
    {
        memory.Release(Counted(Held) - Counted(Held - bytes));
        Held -= bytes;
    }

    /// <inheritdoc />
    public void Dispose() => Release(Held);

    private static long Counted(long held) => held < LongBytes ? 0 : held;
}
