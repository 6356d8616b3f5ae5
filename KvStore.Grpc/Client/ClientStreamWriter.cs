using System.Buffers;
using System.Net;
using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>Sends the messages of a call that takes any number of them.</summary>
/// <remarks>Not thread safe: one message after the other.</remarks>
/// <typeparam name="T">The messages' type.</typeparam>
public sealed class ClientStreamWriter<T>
    where T : class, IMessage<T>
{
    private readonly DuplexContent _content;
    private readonly bool _isGzip;
    private readonly ArrayBufferWriter<byte> _frame = new();

    internal ClientStreamWriter(DuplexContent content, bool isGzip)
    {
        _content = content;
        _isGzip = isGzip;
    }

    /// <summary>Sends a message.</summary>
    /// <exception cref="RpcException">The call could not be made, or has ended.</exception>
    public async Task WriteAsync(T message, CancellationToken cancellationToken = default)
    {
        _frame.ResetWrittenCount();
        MessageFrame.Write(_frame, message, _isGzip);
        try
        {
            var output = await _content.Output.WaitAsync(cancellationToken);
            await output.WriteAsync(_frame.WrittenMemory, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or ObjectDisposedException)
        {
            throw new RpcException(StatusReader.FromException(exception), innerException: exception);
        }
    }

    /// <summary>Says that no more messages come.</summary>
    public Task CompleteAsync()
    {
        End();
        return Task.CompletedTask;
    }

    internal void End() => _content.End();

    /// <summary>Lets messages that wait for a connection fail as the call does that could not be made.</summary>
    internal void EndWith(Task<Metadata> headers) => _content.FailWith(headers);
}

/// <summary>A request's body that is written while its answer is read.</summary>
internal sealed class DuplexContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> _output = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where to write, as soon as there is a connection.</summary>
    public Task<Stream> Output => _output.Task;

    public void End() => _end.TrySetResult();

    public void FailWith(Task call) => _ = call.ContinueWith(
        (failed, _) => _output.TrySetException(failed.Exception!.InnerExceptions),
        null, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers go out at once: the server may answer before the first message.
        await stream.FlushAsync(cancellationToken);
        _output.TrySetResult(stream);
        await _end.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
