using System.IO.Pipelines;
using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>A call: its request, and what comes back.</summary>
/// <remarks>One reader at a time; <see cref="Dispose"/> may be called beside it.</remarks>
/// <typeparam name="TResponse">The type of the messages that are answered.</typeparam>
internal sealed class GrpcCall<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>, new()
{
    private const int PieceBytes = 16 * 1_024;

    private readonly CallClock _clock;
    private readonly int _maxMessageBytes;
    private HttpResponseMessage? _response;
    private MessageReader<TResponse>? _reader;
    private PipeReader? _input;
    private Status? _status;
    private Metadata _trailers = [];

    private GrpcCall(CallClock clock, int maxMessageBytes)
    {
        _clock = clock;
        _maxMessageBytes = maxMessageBytes;
        Headers = null!;
    }

    /// <summary>What is sent before the messages that are answered.</summary>
    public Task<Metadata> Headers { get; private set; }

    /// <summary>How the call ended.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    public Status Status => _status ?? throw new InvalidOperationException("The call has not ended.");

    /// <summary>What was sent behind the messages; throws as <see cref="Status"/>.</summary>
    public Metadata Trailers => _status is null ? throw new InvalidOperationException("The call has not ended.") : _trailers;

    /// <summary>Sends a request.</summary>
    public static GrpcCall<TResponse> Start(HttpMessageInvoker http, HttpRequestMessage request, in CallOptions options, int maxMessageBytes)
    {
        var call = new GrpcCall<TResponse>(new CallClock(options), maxMessageBytes);
        call.Headers = call.SendAsync(http, request);
        return call;
    }

    /// <summary>Reads the next message.</summary>
    /// <returns>Null after the last, where the call did what it was asked for.</returns>
    /// <exception cref="RpcException">The call ended with another status.</exception>
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken = default)
    {
        await Headers;
        if (_status is { } status)
        {
            return status.Code == StatusCode.Ok ? null : throw new RpcException(status, _trailers);
        }

        await using var giveUp = cancellationToken.UnsafeRegister(static call => ((GrpcCall<TResponse>)call!)._clock.Stop(), this);
        try
        {
            if (await _reader!.ReadAsync(_clock.Token) is { } message)
            {
                return message;
            }
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw Fail(exception);
        }

        Finish(StatusReader.FromHeaders(_response!.TrailingHeaders)
            ?? new Status(StatusCode.Internal, "The answer ends without a status."));
        _trailers = StatusReader.MetadataOf(_response.TrailingHeaders);
        return Status.Code == StatusCode.Ok ? null : throw new RpcException(Status, _trailers);
    }

    /// <summary>Reads the one message of an answer that has one.</summary>
    public async Task<TResponse> ReadOneAsync()
    {
        using (this)
        {
            var message = await ReadAsync();
            return message is not null && await ReadAsync() is null
                ? message
                : throw Fail(RpcException.Of(StatusCode.Internal, $"The answer has {(message is null ? "no" : "more than one")} message."));
        }
    }

    /// <summary>Gives the call up, where it has not ended.</summary>
    public void Dispose()
    {
        _clock.Stop();
        _response?.Dispose();
        _clock.Dispose();
    }

    private async Task<Metadata> SendAsync(HttpMessageInvoker http, HttpRequestMessage request)
    {
        if (_clock.Left is { } left)
        {
            request.Headers.TryAddWithoutValidation(WireNames.Timeout, GrpcTimeout.Format(left));
        }

        try
        {
            _response = await http.SendAsync(request, _clock.Token);

            // Whoever gave the call up just before found no answer to dispose of.
            _clock.Token.ThrowIfCancellationRequested();
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw Fail(exception);
        }

        ReadHeaders(_response);
        if (_status is null)
        {
            await OpenAsync(_response);
        }

        return StatusReader.MetadataOf(_response.Headers);
    }

    /// <summary>Takes what the headers say: that messages follow, or how the call ended.</summary>
    private void ReadHeaders(HttpResponseMessage response)
    {
        if (StatusReader.FromHeaders(response.Headers) is { } status)
        {
            Finish(status);
            _trailers = StatusReader.MetadataOf(response.Headers);
        }
        else if ((int)response.StatusCode != 200)
        {
            Finish(StatusReader.FromHttpStatus((int)response.StatusCode));
        }
        else if (!WireNames.IsGrpc(StatusReader.First(response.Content.Headers, "content-type")))
        {
            Finish(new Status(StatusCode.Unknown, "The server does not answer by gRPC."));
        }
        else if (StatusReader.First(response.Headers, WireNames.Encoding) is not (null or MessageEncoding.Identity or MessageEncoding.Gzip))
        {
            Finish(new Status(StatusCode.Internal, "The server compresses messages in a way that was not asked for."));
        }
    }

    private async Task OpenAsync(HttpResponseMessage response)
    {
        var isGzip = StatusReader.First(response.Headers, WireNames.Encoding) == MessageEncoding.Gzip;
        _input = PipeReader.Create(await response.Content.ReadAsStreamAsync(), new StreamPipeReaderOptions(bufferSize: PieceBytes));
        _reader = new MessageReader<TResponse>(_input, isGzip, _maxMessageBytes);
    }

    private static bool IsFault(Exception exception) =>
        exception is RpcException or OperationCanceledException or HttpRequestException or IOException or ObjectDisposedException;

    /// <summary>Ends the call by a fault.</summary>
    private RpcException Fail(Exception exception)
    {
        // Also for what the deadline made the server, or this side, do to the connection.
        var status = exception switch
        {
            _ when _clock.IsPastDeadline => new Status(StatusCode.DeadlineExceeded, "The deadline has passed."),
            RpcException rpc => rpc.Status,
            _ when _clock.IsStopped => new Status(StatusCode.Cancelled, "The call was cancelled."),
            _ => StatusReader.FromException(exception),
        };
        Finish(status);
        _response?.Dispose();
        return exception as RpcException is { } same && same.Status == status ? same : new RpcException(status, innerException: exception);
    }

    private void Finish(Status status)
    {
        _status ??= status;
        _input?.Complete();
    }
}
