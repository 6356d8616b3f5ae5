using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>A call that is answered with any number of messages.</summary>
/// <typeparam name="TResponse">The messages' type.</typeparam>
public sealed class AsyncServerStreamingCall<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcCall<TResponse> _call;

    internal AsyncServerStreamingCall(GrpcCall<TResponse> call)
    {
        _call = call;
        ResponseStream = new AsyncStreamReader<TResponse>(call);
    }

    /// <summary>The messages.</summary>
    public AsyncStreamReader<TResponse> ResponseStream { get; }

    /// <summary>What is sent before them.</summary>
    public Task<Metadata> ResponseHeadersAsync => _call.Headers;

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    public Status GetStatus() => _call.Status;

    /// <summary>What was sent behind the messages; throws as <see cref="GetStatus"/>.</summary>
    public Metadata GetTrailers() => _call.Trailers;

    /// <summary>Gives the call up, where it has not ended.</summary>
    public void Dispose() => _call.Dispose();
}
