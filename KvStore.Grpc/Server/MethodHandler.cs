using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Server;

/// <summary>Reads the messages of a call, has the method answer them, and writes what it answers.</summary>
internal abstract class MethodHandler(GrpcMethod method)
{
    public GrpcMethod Method => method;

    /// <summary>Whether a request's body has one message.</summary>
    public abstract bool IsOneMessage { get; }

    /// <summary>Answers a call.</summary>
    /// <exception cref="RpcException">It ends with another status than that it did what was asked.</exception>
    public abstract Task HandleAsync(ServerCallContext context, int maxMessageBytes);

    protected static MessageReader<T> Reader<T>(ServerCallContext context, int maxMessageBytes)
        where T : class, IMessage<T>, new() => new(context.Http.Request.BodyReader, context.IsGzip, maxMessageBytes);

    /// <summary>Reads the one message of a request.</summary>
    protected static ValueTask<T> ReadOneAsync<T>(ServerCallContext context, int maxMessageBytes)
        where T : class, IMessage<T>, new() => Reader<T>(context, maxMessageBytes).ReadOneAsync(context.CancellationToken);
}

internal sealed class UnaryHandler<TRequest, TResponse>(GrpcMethod method, UnaryMethod<TRequest, TResponse> answer) : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => true;

    public override async Task HandleAsync(ServerCallContext context, int maxMessageBytes)
    {
        var request = await ReadOneAsync<TRequest>(context, maxMessageBytes);
        var response = await answer(request, context);
        MessageFrame.Write(context.Http.Response.BodyWriter, response, context.AnswersGzip);
    }
}

internal sealed class ServerStreamingHandler<TRequest, TResponse>(GrpcMethod method, ServerStreamingMethod<TRequest, TResponse> answer)
    : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => true;

    public override async Task HandleAsync(ServerCallContext context, int maxMessageBytes)
    {
        var request = await ReadOneAsync<TRequest>(context, maxMessageBytes);
        await answer(request, new ServerStreamWriter<TResponse>(context), context);
    }
}

internal sealed class DuplexStreamingHandler<TRequest, TResponse>(GrpcMethod method, DuplexStreamingMethod<TRequest, TResponse> answer)
    : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => false;

    public override Task HandleAsync(ServerCallContext context, int maxMessageBytes) =>
        answer(Reader<TRequest>(context, maxMessageBytes), new ServerStreamWriter<TResponse>(context), context);
}
