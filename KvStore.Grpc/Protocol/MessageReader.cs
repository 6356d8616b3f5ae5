using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>Reads the messages of one direction of a call.</summary>
/// <remarks>Holds what belongs to one message at a time, and no more than the longest that is allowed. Not thread safe.</remarks>
/// <typeparam name="T">The messages' type.</typeparam>
public sealed class MessageReader<T>
    where T : class, IMessage<T>, new()
{
    private static readonly MessageDescriptor Type = new T().Descriptor;

    private static readonly bool HasParts = MessageWeight.HasParts(Type);

    // The generated one knows the type's constructor; new T() would look for it each time. What the type does not know would be kept as objects, many
    // times as long.
    private static readonly MessageParser<T> Parser = ((MessageParser<T>)Type.Parser).WithDiscardUnknownFields(true);

    private readonly PipeReader _input;
    private readonly bool _isGzip;
    private readonly int _maxBytes;
    private readonly CallShare? _share;
    private long _weight;

    /// <summary>Reads from a pipe.</summary>
    /// <param name="input">What comes.</param>
    /// <param name="isGzip">Whether compressed messages are announced.</param>
    /// <param name="maxBytes">The longest that a message may be.</param>
    /// <param name="share">Holds what messages take: as far as they have come, and, of those with parts, until the next is read; null = nothing
    /// does.</param>
    internal MessageReader(PipeReader input, bool isGzip, int maxBytes, CallShare? share = null) =>
        (_input, _isGzip, _maxBytes, _share) = (input, isGzip, maxBytes, share);

    /// <summary>Reads the next message.</summary>
    /// <returns>Null after the last.</returns>
    /// <exception cref="RpcException">What came breaks the protocol, or a message is too long.</exception>
    public ValueTask<T?> ReadAsync(CancellationToken cancellationToken = default) => ReadAsync(isOnly: false, cancellationToken);

    /// <summary>Reads the message of a request that has no other.</summary>
    /// <returns>Never null.</returns>
    /// <exception cref="RpcException">As <see cref="ReadAsync(CancellationToken)"/>; or there is none, or there are more, which are not read.</exception>
    internal ValueTask<T?> ReadOneAsync(CancellationToken cancellationToken) =>
        TryReadOne() is { } message ? new(message) : ReadAsync(isOnly: true, cancellationToken);

    /// <summary>The message of a request that is there to its end, as most are; null where it is to be waited for, or is not as it should be.</summary>
    private T? TryReadOne()
    {
        if (!_input.TryRead(out var read))
        {
            return null;
        }

        var received = read.Buffer;
        if (read.IsCompleted && MessageFrame.TryTake(ref received, _isGzip, _maxBytes, out var payload) && received.IsEmpty)
        {
            Weigh(payload);
            var message = Parse(payload);
            _input.AdvanceTo(received.End);
            return message;
        }

        _input.AdvanceTo(read.Buffer.Start);
        return null;
    }

    private async ValueTask<T?> ReadAsync(bool isOnly, CancellationToken cancellationToken)
    {
        T? message = null;
        var held = 0L;
        _share?.Release(_weight);
        _weight = 0;
        try
        {
            while (true)
            {
                var read = await _input.ReadAsync(cancellationToken);
                var received = read.Buffer;
                if (message is null && MessageFrame.TryTake(ref received, _isGzip, _maxBytes, out var payload))
                {
                    Weigh(payload);
                    message = Parse(payload);
                }

                var waiting = received.Length;
                var isMore = waiting > 0;
                _input.AdvanceTo(received.Start, message is null ? received.End : received.Start);
                if (IsEnd(read, message, isOnly, isMore, cancellationToken))
                {
                    return message;
                }

                if (message is null)
                {
                    // What has come is kept until all of it is there.
                    _share?.Hold(waiting - held);
                    held = waiting;
                }
            }
        }
        finally
        {
            _share?.Release(held);
        }
    }

    /// <summary>Whether what has been read is what is returned.</summary>
    private static bool IsEnd(in ReadResult read, T? message, bool isOnly, bool isMore, CancellationToken cancellationToken)
    {
        if (message is not null && !isOnly)
        {
            return true;
        }

        if (message is not null && isMore)
        {
            throw RpcException.Of(StatusCode.Internal, "The request has more than one message.");
        }

        if (read.IsCanceled)
        {
            throw new OperationCanceledException(cancellationToken);
        }

        if (read.IsCompleted && message is null && (isMore || isOnly))
        {
            throw RpcException.Of(StatusCode.Internal, isMore ? "The stream ends in the middle of a message." : "The request has no message.");
        }

        return read.IsCompleted;
    }

    private void Weigh(in ReadOnlySequence<byte> payload)
    {
        if (HasParts && _share is not null)
        {
            var parts = MessageWeight.CountParts(payload, Type);
            if (parts > _share.MaxParts)
            {
                throw RpcException.Of(StatusCode.ResourceExhausted, $"A {typeof(T).Name} has more than {_share.MaxParts} parts.");
            }

            var weight = MessageWeight.Of(payload.Length, parts);
            _share.Hold(weight);
            _weight = weight;
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
            throw Damaged(exception);
        }

        if (!WireFields.AreInOrder(payload, Type))
        {
            throw Damaged();
        }

        return MessageStrings.AreUtf8(payload, Type)
            ? message
            : throw RpcException.Of(StatusCode.InvalidArgument, $"A string of the {typeof(T).Name} is not UTF-8.");
    }

    private static RpcException Damaged(Exception? cause = null) => new(
        new Status(StatusCode.Internal, $"A message is not a {typeof(T).Name} in Protocol Buffers."), innerException: cause);
}
