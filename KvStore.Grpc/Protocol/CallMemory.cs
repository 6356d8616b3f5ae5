namespace KvStore.Grpc.Protocol;

/// <summary>Bounds the memory of messages that clients are slow to send, or to take, and of those that are being answered: a connection may have a
/// thousand of them. Each call takes its part by a <see cref="CallShare"/>.</summary>
/// <remarks>Safe for any number of threads.</remarks>
/// <param name="maxBytes">The most bytes of all calls; one alone always has room.</param>
internal sealed class CallMemory(long maxBytes)
{
    // One call alone has room for its bytes, which are bounded, however little there is; its parts are many times as long.
    private const int AlwaysParts = 65_536;

    private long _held;

    /// <summary>How a call ends for which there is no room.</summary>
    public static Status Full { get; } = new(StatusCode.ResourceExhausted, "Too many long messages are on their way. Try again.");

    /// <summary>The most parts that a message may have, by what they take as objects.</summary>
    public int MaxParts { get; } = (int)Math.Max(AlwaysParts, maxBytes / MessageWeight.PartBytes);

    /// <summary>Takes room for a call; false where there is none.</summary>
    /// <param name="bytes">How much more it takes.</param>
    /// <param name="own">How much it has.</param>
    public bool TryTake(long bytes, long own)
    {
        var held = Interlocked.Add(ref _held, bytes);
        if (held <= maxBytes || held == own + bytes)
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Gives it back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _held, -bytes);
}
