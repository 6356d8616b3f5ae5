using System.IO.Pipelines;
using Google.Protobuf;

namespace KvStore.Grpc.Server;

/// <summary>Sends messages to a client, which takes them at its own pace.</summary>
/// <remarks>Not thread safe: one message after the other.</remarks>
/// <typeparam name="T">The messages' type.</typeparam>
public sealed class ServerStreamWriter<T>
    where T : class, IMessage<T>
{
    private const int FlushBytes = 32 * 1_024;

    private readonly ServerCallContext _context;
    private readonly PipeWriter _output;

    internal ServerStreamWriter(ServerCallContext context)
    {
        _context = context;
        _output = context.Http.Response.BodyWriter;
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isMoreComing">Whether it may wait for others that come at once, to be sent with them.</param>
    /// <returns>Completes when the client, or what lies between, has room for more.</returns>
    /// <exception cref="OperationCanceledException">The client has gone, or the deadline has passed.</exception>
    public ValueTask WriteAsync(T message, bool isMoreComing = false)
    {
        var write = _context.WriteAsync(message);
        return !write.IsCompletedSuccessfully || _output.UnflushedBytes == 0 || (isMoreComing && _output.UnflushedBytes < FlushBytes)
            ? write
            : _context.FlushAsync();
    }

    /// <summary>Sends what waits.</summary>
    public ValueTask FlushAsync() => _output.UnflushedBytes == 0 ? default : _context.FlushAsync();
}
