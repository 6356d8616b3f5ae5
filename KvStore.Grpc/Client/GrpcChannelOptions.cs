namespace KvStore.Grpc.Client;

/// <summary>What a <see cref="GrpcChannel"/> may be told.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>How long a connection may take to be made; the calls that wait for it then end with UNAVAILABLE.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection with calls on it may be silent before it is asked whether it lives.</summary>
    public TimeSpan KeepAlivePingDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the answer to that may take; then the connection is given up, and its calls end with UNAVAILABLE.</summary>
    public TimeSpan KeepAlivePingTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether another connection is made where one has as many calls as the server allows; else calls wait.</summary>
    public bool EnableMultipleHttp2Connections { get; init; } = true;

    /// <summary>The longest message that is taken, in bytes, compressed or not. A longer one ends its call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveMessageSize { get; init; } = 4 * 1_024 * 1_024;

    /// <summary>Whether messages are sent compressed by gzip, where that makes them shorter. A server may then answer likewise.</summary>
    public bool CompressRequests { get; init; }

    /// <summary>Carries the requests, in place of one made from the options above; it is the caller's to dispose of.</summary>
    public HttpMessageHandler? HttpHandler { get; init; }
}
