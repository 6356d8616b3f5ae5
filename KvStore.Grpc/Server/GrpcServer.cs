using System.Collections.Frozen;
using System.Globalization;
using KvStore.Grpc.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace KvStore.Grpc.Server;

/// <summary>Answers gRPC calls over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).</summary>
/// <remarks>Safe for any number of calls at once.</remarks>
public sealed class GrpcServer
{
    private const string MethodPost = "POST";
    private const string OkText = "0";

    private readonly FrozenDictionary<string, MethodHandler> _handlers;
    private readonly Func<GrpcMethod, int> _maxMessageBytes;
    private readonly int _maxCalls;
    private readonly CallMemory _memory;
    private readonly IGrpcObserver? _observer;
    private int _calls;

    /// <summary>Makes a server of services.</summary>
    /// <exception cref="ArgumentException">A method of one is not bound, or bound twice.</exception>
    public GrpcServer(IEnumerable<IGrpcService> services, GrpcServerOptions? options = null)
    {
        options ??= new GrpcServerOptions();
        _maxMessageBytes = options.MaxMessageBytes;
        _maxCalls = options.MaxCalls;
        _memory = new CallMemory(options.MaxLongMessagesBytes);
        _observer = options.Observer;
        _handlers = services.SelectMany(Bind).ToFrozenDictionary(handler => handler.Method.Path, StringComparer.Ordinal);
    }

    /// <summary>How a call ends when too many long messages are on their way already (<see cref="GrpcServerOptions.MaxLongMessagesBytes"/>).</summary>
    public static Status Full => CallMemory.Full;

    /// <summary>How a call ends when too many are in progress already (<see cref="GrpcServerOptions.MaxCalls"/>).</summary>
    public static Status Busy { get; } = new(StatusCode.ResourceExhausted, "Too many calls are in progress. Try again.");

    /// <summary>Every method that is served.</summary>
    public IEnumerable<GrpcMethod> Methods => _handlers.Values.Select(handler => handler.Method);

    /// <summary>Answers a request. Never throws but for faults of the connection.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (!IsCall(context))
        {
            return Task.CompletedTask;
        }

        if (HandlerOf(context) is not { } handler)
        {
            return RefuseAsync(context, null, new Status(StatusCode.Unimplemented, "There is no such method."));
        }

        if (Interlocked.Increment(ref _calls) <= _maxCalls)
        {
            return AnswerAsync(context, handler);
        }

        Interlocked.Decrement(ref _calls);
        return RefuseAsync(context, handler.Method, Busy);
    }

    /// <summary>Answers a request with an error, whatever it calls.</summary>
    public Task RefuseAsync(HttpContext context, RpcException reason)
    {
        if (IsCall(context))
        {
            End(context.Response, isAnswered: false, reason.Status, reason.Trailers);
            _observer?.CallEnded(HandlerOf(context)?.Method, reason.StatusCode, TimeSpan.Zero);
        }

        return Task.CompletedTask;
    }

    /// <summary>Whether a request is a call; if not, it is answered.</summary>
    private static bool IsCall(HttpContext context)
    {
        var request = context.Request;
        if (!WireNames.IsGrpc(request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return false;
        }

        if (!string.Equals(request.Method, MethodPost, StringComparison.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = MethodPost;
            return false;
        }

        context.Response.ContentType = WireNames.ContentType;
        return true;
    }

    /// <summary>What is called: the path as it was sent, as whoever lets calls through by their path has seen it.</summary>
    private MethodHandler? HandlerOf(HttpContext context) =>
        _handlers.GetValueOrDefault(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);

    private static IReadOnlyList<MethodHandler> Bind(IGrpcService service)
    {
        var methods = new MethodBinder(service.Descriptor);
        service.Bind(methods);
        var missing = service.Descriptor.Methods.Select(method => method.Name)
            .Except(methods.Handlers.Select(handler => handler.Method.Name), StringComparer.Ordinal);
        return missing.Any()
            ? throw new ArgumentException($"{service.Descriptor.FullName} does not bind {string.Join(", ", missing)}.", nameof(service))
            : methods.Handlers;
    }

    private Task RefuseAsync(HttpContext context, GrpcMethod? method, Status why)
    {
        var (status, trailers) = Describe(method, why);
        End(context.Response, isAnswered: false, status, trailers);
        _observer?.CallEnded(method, status.Code, TimeSpan.Zero);
        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context, MethodHandler handler)
    {
        try
        {
            Unbind(context, handler);
            using var call = new ServerCallContext(context, handler.Method, _maxMessageBytes(handler.Method), _memory);
            Status status;
            Metadata? trailers;
            try
            {
                call.ReadProtocol();
                await handler.HandleAsync(call);
                (status, trailers) = (Status.Ok, call.TrailersOrNull);
            }
#pragma warning disable CA1031 // The last resort: whatever it is, the client gets a status and the observer the exception.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                (status, trailers) = Describe(exception, call);
            }

            End(context.Response, call.HasWritten || context.Response.HasStarted, status, trailers);
            _observer?.CallEnded(handler.Method, status.Code, call.Elapsed);
        }
        finally
        {
            Interlocked.Decrement(ref _calls);
        }
    }

    /// <summary>Lifts the bounds that the server has for requests of other kinds.</summary>
    private static void Unbind(HttpContext context, MethodHandler handler)
    {
        // Each message's length is checked before it is read.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        // A client may be silent between its messages for as long as it likes.
        if (!handler.IsOneMessage && context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }

    /// <summary>How a call ends by an exception.</summary>
    private (Status Status, Metadata? Trailers) Describe(Exception exception, ServerCallContext call)
    {
        switch (exception)
        {
            case RpcException { Trailers.Count: > 0 } told:
                return (told.Status, told.Trailers);
            case RpcException told:
                return Describe(call.Method, told.Status);
            case OperationCanceledException when call.IsPastDeadline:
                return Describe(call.Method, StatusCode.DeadlineExceeded, "The deadline has passed.");
            case OperationCanceledException:
                return Describe(call.Method, StatusCode.Cancelled, "The call was cancelled.");
            case IOException:
                return Describe(call.Method, StatusCode.Cancelled, "The request's body broke off.");
            case var _ when _observer?.Translate(exception) is { } told:
                return (told.Status, told.Trailers);
            default:
                _observer?.CallFailed(call.Method, exception);
                return Describe(call.Method, StatusCode.Unknown, "The service failed to answer.");
        }
    }

    private (Status Status, Metadata? Trailers) Describe(GrpcMethod? method, StatusCode code, string detail) =>
        Describe(method, new Status(code, detail));

    private (Status Status, Metadata? Trailers) Describe(GrpcMethod? method, Status status) =>
        _observer?.Describe(method, status) ?? (status, null);

    /// <summary>Sends how a call ended: behind the answer, or, where there is none, in its headers.</summary>
    private static void End(HttpResponse response, bool isAnswered, Status status, Metadata? metadata)
    {
        var fields = isAnswered ? response.HttpContext.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : response.Headers;
        if (fields is null)
        {
            return;
        }

        fields[WireNames.Status] = status.Code == StatusCode.Ok ? OkText : ((int)status.Code).ToString(CultureInfo.InvariantCulture);
        if (status.Detail.Length > 0)
        {
            fields[WireNames.Message] = MessageText.Encode(status.Detail);
        }

        if (metadata is null)
        {
            return;
        }

        foreach (var entry in metadata)
        {
            WireNames.Add(fields, entry.Key, entry.WireValue);
        }
    }
}
