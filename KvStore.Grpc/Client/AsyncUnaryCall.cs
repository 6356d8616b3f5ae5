using System.Runtime.CompilerServices;
using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>A call that is answered with one message; awaited, it is that message.</summary>
/// <typeparam name="TResponse">The message's type.</typeparam>
public sealed class AsyncUnaryCall<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcCall<TResponse> _call;

    internal AsyncUnaryCall(GrpcCall<TResponse> call)
    {
        _call = call;
        ResponseAsync = call.ReadOneAsync();
    }

    /// <summary>The message.</summary>
    /// <exception cref="RpcException">The call ended with another status than that it did what it was asked for.</exception>
    public Task<TResponse> ResponseAsync { get; }

    /// <summary>What is sent before it.</summary>
    public Task<Metadata> ResponseHeadersAsync => _call.Headers;

    /// <summary>Awaits the message.</summary>
    public TaskAwaiter<TResponse> GetAwaiter() => ResponseAsync.GetAwaiter();

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    public Status GetStatus() => _call.Status;

    /// <summary>What was sent behind the message; throws as <see cref="GetStatus"/>.</summary>
    public Metadata GetTrailers() => _call.Trailers;

    /// <summary>Gives the call up, where it has not ended.</summary>
    public void Dispose() => _call.Dispose();
}
