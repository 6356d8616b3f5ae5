using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Server;

/// <summary>Answers a call of one message with one message.</summary>
public delegate ValueTask<TResponse> UnaryMethod<TRequest, TResponse>(TRequest request, ServerCallContext context);

/// <summary>Answers a call of one message with any number of them.</summary>
public delegate Task ServerStreamingMethod<TRequest, TResponse>(
    TRequest request, ServerStreamWriter<TResponse> responses, ServerCallContext context)
    where TResponse : class, IMessage<TResponse>;

/// <summary>Answers any number of messages with any number of them.</summary>
public delegate Task DuplexStreamingMethod<TRequest, TResponse>(
    Protocol.MessageReader<TRequest> requests, ServerStreamWriter<TResponse> responses, ServerCallContext context)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>;

/// <summary>Takes what answers each method of a service, and holds it to the service's proto file.</summary>
public sealed class MethodBinder
{
    private readonly ServiceDescriptor _service;
    private readonly List<MethodHandler> _handlers = [];

    internal MethodBinder(ServiceDescriptor service) => _service = service;

    internal IReadOnlyList<MethodHandler> Handlers => _handlers;

    /// <summary>Binds a method that takes one message and answers with one.</summary>
    /// <exception cref="ArgumentException">The service has no such method.</exception>
    public MethodBinder Unary<TRequest, TResponse>(string name, UnaryMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse> =>
        Add(new UnaryHandler<TRequest, TResponse>(Find<TRequest, TResponse>(name, isClientStream: false, isServerStream: false), method));

    /// <summary>Binds a method that takes one message and answers with any number; as <see cref="Unary"/>.</summary>
    public MethodBinder ServerStreaming<TRequest, TResponse>(string name, ServerStreamingMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse> =>
        Add(new ServerStreamingHandler<TRequest, TResponse>(Find<TRequest, TResponse>(name, isClientStream: false, isServerStream: true), method));

    /// <summary>Binds a method that takes and answers with any number of messages; as <see cref="Unary"/>.</summary>
    public MethodBinder DuplexStreaming<TRequest, TResponse>(string name, DuplexStreamingMethod<TRequest, TResponse> method)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse> =>
        Add(new DuplexStreamingHandler<TRequest, TResponse>(Find<TRequest, TResponse>(name, isClientStream: true, isServerStream: true), method));

    private MethodBinder Add(MethodHandler handler)
    {
        _handlers.Add(handler);
        return this;
    }

    private GrpcMethod Find<TRequest, TResponse>(string name, bool isClientStream, bool isServerStream)
    {
        var method = _service.FindMethodByName(name);
        var isIt = method is not null
            && method.InputType.ClrType == typeof(TRequest)
            && method.OutputType.ClrType == typeof(TResponse)
            && method.IsClientStreaming == isClientStream
            && method.IsServerStreaming == isServerStream;
        return isIt ? new GrpcMethod(method!) : throw new ArgumentException($"{_service.FullName} has no method {name} of this kind.", nameof(name));
    }
}
