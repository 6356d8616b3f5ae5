using Google.Protobuf;
using Google.Protobuf.Reflection;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Reflection.V1;
using KvStore.Grpc.Server;

namespace KvStore.Grpc.Reflection;

/// <summary>The standard reflection service (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md), with which clients call
/// services without having their proto files.</summary>
/// <typeparam name="TRequest">A version's request.</typeparam>
/// <typeparam name="TResponse">Its response.</typeparam>
public sealed class ReflectionService<TRequest, TResponse> : IGrpcService
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private static readonly MessageParser<TResponse> Parser = new(static () => new TResponse());

    private readonly ReflectionAnswers _answers;
    private readonly CancellationToken _ending;

    internal ReflectionService(ServiceDescriptor descriptor, ReflectionAnswers answers, CancellationToken ending)
    {
        Descriptor = descriptor;
        _answers = answers;
        _ending = ending;
    }

    /// <inheritdoc />
    public ServiceDescriptor Descriptor { get; }

    /// <inheritdoc />
    public void Bind(MethodBinder methods) => methods.DuplexStreaming<TRequest, TResponse>("ServerReflectionInfo", AnswerAsync);

    private async Task AnswerAsync(MessageReader<TRequest> requests, ServerStreamWriter<TResponse> responses, ServerCallContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _ending);
        try
        {
            while (await requests.ReadAsync(either.Token) is { } request)
            {
                await responses.WriteAsync(Answer(request));
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            throw RpcException.Of(StatusCode.Unavailable, "The service is shutting down.");
        }
    }

    /// <summary>Answers in the form of the version: the bytes are the same in all.</summary>
    private TResponse Answer(TRequest request) => request is ServerReflectionRequest v1
        ? (TResponse)(object)_answers.To(v1)
        : Parser.ParseFrom(_answers.To(ServerReflectionRequest.Parser.ParseFrom(request.ToByteString())).ToByteString());
}

/// <summary>Makes the reflection services.</summary>
public static class ReflectionServices
{
    /// <summary>Makes one of each version.</summary>
    /// <param name="services">What they describe, beside themselves.</param>
    /// <param name="ending">Ends the streams that clients keep open.</param>
    public static IReadOnlyList<IGrpcService> Describe(IEnumerable<ServiceDescriptor> services, CancellationToken ending = default)
    {
        var (v1, v1Alpha) = (ReflectionReflection.Descriptor.Services[0], V1Alpha.ReflectionReflection.Descriptor.Services[0]);
        var answers = new ReflectionAnswers(new DescriptorIndex([.. services, v1, v1Alpha]));
        return
        [
            new ReflectionService<ServerReflectionRequest, ServerReflectionResponse>(v1, answers, ending),
            new ReflectionService<V1Alpha.ServerReflectionRequest, V1Alpha.ServerReflectionResponse>(v1Alpha, answers, ending),
        ];
    }
}
