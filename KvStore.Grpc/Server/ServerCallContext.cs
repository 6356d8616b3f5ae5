using System.Diagnostics;
using Google.Protobuf;
using KvStore.Grpc.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Grpc.Server;

/// <summary>A call that is being answered.</summary>
/// <remarks>Not thread safe, but for <see cref="CancellationToken"/>.</remarks>
public sealed class ServerCallContext : IDisposable
{
    // What a timer can wait for.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(49);

    private readonly HttpContext _http;
    private readonly int _maxMessageBytes;
    private readonly CallShare _share;
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan? _timeout;
    private volatile bool _isReset;
    private CancellationTokenSource? _cancellation;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;

    /// <param name="http">The request.</param>
    /// <param name="method">What is called.</param>
    /// <param name="maxMessageBytes">The longest message that the client may send.</param>
    /// <param name="memory">What this call and all others take.</param>
    internal ServerCallContext(HttpContext http, GrpcMethod method, int maxMessageBytes, CallMemory memory)
    {
        _http = http;
        _maxMessageBytes = maxMessageBytes;
        _share = new CallShare(memory);
        Method = method;
    }

    /// <summary>The method that is called.</summary>
    public GrpcMethod Method { get; }

    /// <summary>What the client sent before its messages.</summary>
    public Metadata RequestHeaders => _requestHeaders ??= ReadHeaders();

    /// <summary>What is sent behind the answer, if it has anything by then.</summary>
    public Metadata ResponseTrailers => _responseTrailers ??= [];

    /// <summary>Cancelled when the client gives up, its connection ends, or the deadline passes.</summary>
    public CancellationToken CancellationToken
    {
        get
        {
            if (_timeout is not { } timeout)
            {
                return _http.RequestAborted;
            }

            // Made when it is first asked for: most calls are answered before they wait for anything.
            if (_cancellation is null)
            {
                _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_http.RequestAborted);
                var left = timeout - Stopwatch.GetElapsedTime(_started);
                _cancellation.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestWait ? left : LongestWait);
            }

            return _cancellation.Token;
        }
    }

    /// <summary>Whether the deadline has passed.</summary>
    public bool IsPastDeadline => _timeout is { } timeout && (_isReset || Stopwatch.GetElapsedTime(_started) >= timeout || IsTimerFirst);

    internal TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    internal HttpContext Http => _http;

    /// <summary>Whether the client's compressed messages are by gzip; it is then answered likewise.</summary>
    internal bool IsGzip { get; private set; }

    /// <summary>Whether answers are compressed.</summary>
    internal bool AnswersGzip { get; private set; }

    // The timer counts in whole milliseconds, rounded down, and so may be a little early.
    private bool IsTimerFirst => _cancellation is { IsCancellationRequested: true } && !_http.RequestAborted.IsCancellationRequested;

    internal Metadata? TrailersOrNull => _responseTrailers;

    /// <summary>Sends headers before the first message, and at once.</summary>
    public Task WriteResponseHeadersAsync(Metadata headers)
    {
        foreach (var entry in headers)
        {
            WireNames.Add(_http.Response.Headers, entry.Key, entry.WireValue);
        }

        // Whatever the deadline: headers need no room that the client gives.
        return _http.Response.BodyWriter.FlushAsync(_http.RequestAborted).AsTask();
    }

    /// <summary>Takes room for what is to be kept until the call has ended, such as an answer that is gathered; an answer of no more bytes then has
    /// room too.</summary>
    /// <returns>False where all calls together take too much (<see cref="GrpcServerOptions.MaxLongMessagesBytes"/>).</returns>
    public bool TryHold(long bytes) => _share.TryHold(bytes);

    /// <inheritdoc />
    public void Dispose()
    {
        _share.Dispose();
        _cancellation?.Dispose();
    }

    /// <summary>Cancelled when the deadline passes. Reading ends with the client anyway, and asking for the other token makes one.</summary>
    internal CancellationToken Deadline => _timeout is null ? default : CancellationToken;

    /// <summary>Whether a message was written.</summary>
    internal bool HasWritten { get; private set; }

    /// <summary>Reads what the client sends.</summary>
    internal MessageReader<T> Reader<T>()
        where T : class, IMessage<T>, new() => new(_http.Request.BodyReader, IsGzip, _maxMessageBytes, _share);

    /// <summary>Writes a message. One that is long is sent, and counted until the client has taken it.</summary>
    internal ValueTask WriteAsync(IMessage message)
    {
        var length = message.CalculateSize();
        if (length < CallShare.LongBytes)
        {
            HasWritten = true;
            MessageFrame.Write(_http.Response.BodyWriter, message, length, AnswersGzip);
            return default;
        }

        // What has room already was made for this message, whose bytes take its place.
        var more = Math.Max(0, length - _share.Held);
        _share.Hold(more);
        HasWritten = true;
        MessageFrame.Write(_http.Response.BodyWriter, message, length, AnswersGzip);

        // The message itself is not kept meanwhile.
        return FlushHeldAsync(more);
    }

    /// <summary>Sends what waits; completes when the client, or what lies between, has room for more.</summary>
    /// <remarks>When the deadline passes while it waits, the stream is reset, and what was to be sent is forgotten.</remarks>
    /// <exception cref="OperationCanceledException">The client has gone, or the deadline has passed.</exception>
    internal async ValueTask FlushAsync()
    {
        // Kestrel would reset it too, if the deadline cancelled this, but by a code that clients take for a fault of the service.
        await using var reset = Deadline.UnsafeRegister(static call => ((ServerCallContext)call!).ResetPastDeadline(), this);
        var flush = await _http.Response.BodyWriter.FlushAsync(_http.RequestAborted);
        if (flush.IsCompleted || flush.IsCanceled)
        {
            throw new OperationCanceledException(CancellationToken);
        }
    }

    private void ResetPastDeadline()
    {
        // What a client whose deadline has passed takes for that, and sends itself.
        const int Cancel = 8;
        if (IsPastDeadline)
        {
            _isReset = true;
            _http.Features.Get<IHttpResetFeature>()?.Reset(Cancel);
        }
    }

    private async ValueTask FlushHeldAsync(long held)
    {
        try
        {
            await FlushAsync();
        }
        finally
        {
            _share.Release(held);
        }
    }

    /// <summary>Takes what the request's headers say about the protocol.</summary>
    /// <exception cref="RpcException">They break it, or ask for what there is not.</exception>
    internal void ReadProtocol()
    {
        var headers = _http.Request.Headers;
        if (!string.Equals(headers.TE, WireNames.Trailers, StringComparison.OrdinalIgnoreCase))
        {
            // A proxy that drops this drops the status too.
            throw RpcException.Of(StatusCode.Internal, "The request must have the header te: trailers.");
        }

        if (headers.GrpcTimeout is { Count: > 0 } timeout)
        {
            _timeout = GrpcTimeout.TryParse(timeout.ToString(), out var duration)
                ? duration
                : throw RpcException.Of(StatusCode.Internal, "grpc-timeout must be at most eight digits and a unit: H, M, S, m, u or n.");
            if (IsPastDeadline)
            {
                // Nobody waits for what it would do.
                throw new OperationCanceledException();
            }
        }

        ReadEncoding(headers);
    }

    private void ReadEncoding(IHeaderDictionary headers)
    {
        if (headers.GrpcEncoding is not { Count: > 0 } text)
        {
            return;
        }

        var encoding = text.ToString();
        IsGzip = encoding.Equals(MessageEncoding.Gzip, StringComparison.OrdinalIgnoreCase);
        if (!IsGzip && !encoding.Equals(MessageEncoding.Identity, StringComparison.OrdinalIgnoreCase))
        {
            _http.Response.Headers[WireNames.AcceptEncoding] = MessageEncoding.Accepted;
            throw RpcException.Of(StatusCode.Unimplemented, "grpc-encoding must be identity or gzip.");
        }

        // As Go's library does: who compresses is answered compressed, unless it says that it cannot read that.
        AnswersGzip = IsGzip
            && (!headers.TryGetValue(WireNames.AcceptEncoding, out var accepted) || MessageEncoding.AcceptsGzip(accepted.ToString()));
        if (AnswersGzip)
        {
            _http.Response.Headers[WireNames.Encoding] = MessageEncoding.Gzip;
        }
    }

    private Metadata ReadHeaders()
    {
        var metadata = new Metadata();
        foreach (var (key, values) in _http.Request.Headers)
        {
            foreach (var value in values)
            {
                metadata.AddFromWire(key.ToLowerInvariant(), value ?? "");
            }
        }

        return metadata;
    }
}
