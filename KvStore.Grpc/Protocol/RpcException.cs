namespace KvStore.Grpc.Protocol;

/// <summary>How a call ended, and why.</summary>
/// <param name="Code">The code.</param>
/// <param name="Detail">A sentence for people; empty where the code says it all.</param>
public readonly record struct Status(StatusCode Code, string Detail)
{
    /// <summary>The call did what it was asked for.</summary>
    public static Status Ok => new(StatusCode.Ok, "");
}

/// <summary>A call ended with another status than <see cref="StatusCode.Ok"/>. A service throws it to end one so; a client is thrown it.</summary>
/// <param name="status">How it ended.</param>
/// <param name="trailers">What was sent, or is to be sent, behind the answer; null = nothing.</param>
/// <param name="innerException">What caused it.</param>
public sealed class RpcException(Status status, Metadata? trailers = null, Exception? innerException = null)
    : Exception($"{status.Code}: {status.Detail}", innerException)
{
    /// <summary>How it ended.</summary>
    public Status Status => status;

    /// <summary>The code of <see cref="Status"/>.</summary>
    public StatusCode StatusCode => status.Code;

    /// <summary>What was sent behind the answer.</summary>
    public Metadata Trailers { get; } = trailers ?? [];

    /// <summary>Ends a call with a status.</summary>
    internal static RpcException Of(StatusCode code, string detail) => new(new Status(code, detail));
}
