namespace KvStore.Grpc.Protocol;

/// <summary>Bounds the memory of messages that clients are slow to send, or to take: a connection may have a thousand of them.</summary>
/// <remarks>Safe for any number of threads.</remarks>
/// <param name="maxBytes">The most bytes of them all; one alone always has room.</param>
internal sealed class CallMemory(long maxBytes)
{
    private long _held;

    /// <summary>How a call ends for which there is no room.</summary>
    public static Status Full { get; } = new(StatusCode.ResourceExhausted, "Too many long messages are on their way. Try again.");

    /// <summary>Takes room for a message.</summary>
    /// <exception cref="RpcException">There is none.</exception>
    public void Hold(int bytes)
    {
        var held = Interlocked.Add(ref _held, bytes);
        if (held > maxBytes && held != bytes)
        {
            Release(bytes);
            throw new RpcException(Full);
        }
    }

    /// <summary>Gives it back.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _held, -bytes);
}
