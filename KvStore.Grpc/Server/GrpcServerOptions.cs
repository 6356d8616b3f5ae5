using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Server;

/// <summary>What a <see cref="GrpcServer"/> may be told.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>The longest message that a client may send to a method, in bytes, compressed or not. At most 1 GiB.</summary>
    public Func<GrpcMethod, int> MaxMessageBytes { get; init; } = _ => 4 * 1_024 * 1_024;

    /// <summary>The most calls in progress, of all clients together.</summary>
    public int MaxCalls { get; init; } = 20_000;

    /// <summary>The most bytes of long messages that all clients together may be in the middle of sending or taking, or that are being answered; one
    /// alone is always let through.</summary>
    public long MaxLongMessagesBytes { get; init; } = 256 * 1_024 * 1_024;

    /// <summary>Is told of every call; null = nobody is.</summary>
    public IGrpcObserver? Observer { get; init; }
}

/// <summary>Is told of calls. Safe for any number of threads.</summary>
public interface IGrpcObserver
{
    /// <summary>A call has ended.</summary>
    /// <param name="method">What was called; null where there is no such method.</param>
    /// <param name="code">How it ended.</param>
    /// <param name="elapsed">How long it took.</param>
    void CallEnded(GrpcMethod? method, StatusCode code, TimeSpan elapsed);

    /// <summary>A call failed by a fault of the service.</summary>
    void CallFailed(GrpcMethod method, Exception exception);

    /// <summary>What a client is told of an exception that a method ends with and that is no fault of the service; null where it is one.</summary>
    RpcException? Translate(Exception exception) => null;

    /// <summary>Says more about a call that ends with an error of the protocol's own, before it is sent; a service's errors say it themselves.</summary>
    /// <param name="method">What was called; null where there is no such method.</param>
    /// <param name="status">How it ends.</param>
    /// <returns>What to send in its place, with what to send beside it.</returns>
    (Status Status, Metadata? Trailers) Describe(GrpcMethod? method, Status status) => (status, null);
}
