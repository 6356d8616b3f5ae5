using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>Reads the messages of one direction of a call.</summary>
/// <remarks>Holds what belongs to one message at a time, and no more than the longest that is allowed. Not thread safe.</remarks>
/// <typeparam name="T">The messages' type.</typeparam>
/// <param name="input">What comes.</param>
/// <param name="isGzip">Whether compressed messages are announced.</param>
/// <param name="maxBytes">The longest that a message may be.</param>
public sealed class MessageReader<T>(PipeReader input, bool isGzip, int maxBytes)
    where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> Parser = new(static () => new T());
    private static readonly MessageDescriptor Type = new T().Descriptor;

    /// <summary>Reads the next message.</summary>
    /// <returns>Null after the last.</returns>
    /// <exception cref="RpcException">What came breaks the protocol, or a message is too long.</exception>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var received = read.Buffer;
            if (MessageFrame.TryTake(ref received, isGzip, maxBytes, out var payload))
            {
                var message = Parse(payload);
                input.AdvanceTo(received.Start);
                return message;
            }

            input.AdvanceTo(received.Start, received.End);
            if (read.IsCanceled)
            {
                throw new OperationCanceledException(cancellationToken);
            }

            if (read.IsCompleted)
            {
                return received.IsEmpty ? null : throw RpcException.Of(StatusCode.Internal, "The stream ends in the middle of a message.");
            }
        }
    }

    /// <summary>Reads the message of a request that has no other.</summary>
    /// <exception cref="RpcException">As <see cref="ReadAsync"/>; or there is none, or there are more, which are not read.</exception>
    internal async ValueTask<T> ReadOneAsync(CancellationToken cancellationToken)
    {
        T? message = null;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var received = read.Buffer;
            if (message is null && MessageFrame.TryTake(ref received, isGzip, maxBytes, out var payload))
            {
                message = Parse(payload);
            }

            if (message is not null && !received.IsEmpty)
            {
                throw RpcException.Of(StatusCode.Internal, "The request has more than one message.");
            }

            var isPart = !received.IsEmpty;
            input.AdvanceTo(received.Start, received.End);
            if (read.IsCanceled)
            {
                throw new OperationCanceledException(cancellationToken);
            }

            if (read.IsCompleted)
            {
                return message ?? throw RpcException.Of(
                    StatusCode.Internal, isPart ? "The request ends in the middle of its message." : "The request has no message.");
            }
        }
    }

    private static T Parse(in ReadOnlySequence<byte> payload)
    {
        T message;
        try
        {
            message = Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new RpcException(
                new Status(StatusCode.Internal, $"A message is not a {typeof(T).Name} in Protocol Buffers."), innerException: exception);
        }

        return MessageStrings.AreUtf8(payload, Type)
            ? message
            : throw RpcException.Of(StatusCode.InvalidArgument, $"A string of the {typeof(T).Name} is not UTF-8.");
    }
}
