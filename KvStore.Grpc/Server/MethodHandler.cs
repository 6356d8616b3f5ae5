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
    public abstract Task HandleAsync(ServerCallContext context);
}

internal sealed class UnaryHandler<TRequest, TResponse>(GrpcMethod method, UnaryMethod<TRequest, TResponse> answer) : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => true;

    public override Task HandleAsync(ServerCallContext context)
    {
        var reading = context.Reader<TRequest>().ReadOneAsync(context.Deadline);
        return reading.IsCompletedSuccessfully ? Answer(reading.Result!, context) : ReadAndAnswerAsync(reading, context);
    }

    // Most calls wait for nothing, and need nothing to wait with.
    private Task Answer(TRequest request, ServerCallContext context)
    {
        var answering = answer(request, context);
        return answering.IsCompletedSuccessfully ? context.WriteAsync(answering.Result).AsTask() : WriteAsync(answering, context);
    }

    private async Task ReadAndAnswerAsync(ValueTask<TRequest?> reading, ServerCallContext context) =>
        await Answer((await reading)!, context);

    private static async Task WriteAsync(ValueTask<TResponse> answering, ServerCallContext context) =>
        await context.WriteAsync(await answering);
}

internal sealed class ServerStreamingHandler<TRequest, TResponse>(GrpcMethod method, ServerStreamingMethod<TRequest, TResponse> answer)
    : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => true;

    public override async Task HandleAsync(ServerCallContext context)
    {
        var request = await context.Reader<TRequest>().ReadOneAsync(context.Deadline);
        await answer(request!, new ServerStreamWriter<TResponse>(context), context);
    }
}

internal sealed class DuplexStreamingHandler<TRequest, TResponse>(GrpcMethod method, DuplexStreamingMethod<TRequest, TResponse> answer)
    : MethodHandler(method)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsOneMessage => false;

    public override Task HandleAsync(ServerCallContext context) =>
        answer(context.Reader<TRequest>(), new ServerStreamWriter<TResponse>(context), context);
}
