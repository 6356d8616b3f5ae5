using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>A call that takes and answers with any number of messages.</summary>
/// <typeparam name="TRequest">The type of the messages that are sent.</typeparam>
/// <typeparam name="TResponse">The type of the messages that are answered.</typeparam>
public sealed class AsyncDuplexStreamingCall<TRequest, TResponse> : IDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcCall<TResponse> _call;

    internal AsyncDuplexStreamingCall(GrpcCall<TResponse> call, ClientStreamWriter<TRequest> requests)
    {
        _call = call;
        RequestStream = requests;
        ResponseStream = new AsyncStreamReader<TResponse>(call);
        requests.EndWith(call.Headers);
    }

    /// <summary>The messages that are sent.</summary>
    public ClientStreamWriter<TRequest> RequestStream { get; }

    /// <summary>The messages that are answered.</summary>
    public AsyncStreamReader<TResponse> ResponseStream { get; }

    /// <summary>What is sent before the answers.</summary>
    public Task<Metadata> ResponseHeadersAsync => _call.Headers;

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    public Status GetStatus() => _call.Status;

    /// <summary>What was sent behind the answers; throws as <see cref="GetStatus"/>.</summary>
    public Metadata GetTrailers() => _call.Trailers;

    /// <summary>Gives the call up, where it has not ended.</summary>
    public void Dispose()
    {
        RequestStream.End();
        _call.Dispose();
    }
}
