using System.Buffers;
using System.Net;
using Google.Protobuf;
using KvStore.Grpc.Protocol;

namespace KvStore.Grpc.Client;

/// <summary>Calls methods of a server, over connections that are made when they are needed and kept.</summary>
/// <remarks>Safe for any number of calls at once. HTTP/2 without TLS is spoken from the first byte on (prior knowledge).</remarks>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly GrpcChannelOptions _options;

    private GrpcChannel(Uri address, GrpcChannelOptions options)
    {
        Address = address;
        _options = options;
        _http = options.HttpHandler is { } handler
            ? new HttpMessageInvoker(handler, disposeHandler: false)
            : new HttpMessageInvoker(CreateHandler(options), disposeHandler: true);
    }

    /// <summary>Where the server is.</summary>
    public Uri Address { get; }

    /// <summary>Makes a channel to a server; no connection is made yet.</summary>
    /// <param name="address"><c>host:port</c>, <c>http://host:port</c> or <c>https://host:port</c>.</param>
    /// <param name="options">What differs from the defaults.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions? options = null) =>
        TryParseAddress(address, out var uri)
            ? new GrpcChannel(uri, options ?? new GrpcChannelOptions())
            : throw new ArgumentException($"'{address}' is not an address such as localhost:50051.", nameof(address));

    /// <summary>Reads an address; false where it is none, or has no port.</summary>
    public static bool TryParseAddress(string address, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? uri)
    {
        var text = address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}";
        return Uri.TryCreate(text, UriKind.Absolute, out uri)
            && uri.Scheme is "http" or "https"
            && uri is { Host.Length: > 0, UserInfo: "", PathAndQuery: "/", Fragment: "" }
            && uri.Port > 0
            // Those of "any" are for those who listen.
            && !(IPAddress.TryParse(uri.Host, out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)))
            // A port that is left out would be that of web servers, which is never meant.
            && text.TrimEnd('/').EndsWith($":{uri.Port}", StringComparison.Ordinal);
    }

    /// <summary>Calls a method that takes one message and answers with one.</summary>
    public AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, CallOptions options, TRequest request)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new() =>
        new(Start<TResponse>(method.FullName, options, ContentOf(request)));

    /// <summary>Calls a method that takes one message and answers with any number of them.</summary>
    public AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, CallOptions options, TRequest request)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new() =>
        new(Start<TResponse>(method.FullName, options, ContentOf(request)));

    /// <summary>Calls a method that takes any number of messages and answers with any number of them.</summary>
    public AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, CallOptions options)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var content = new DuplexContent();
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            Start<TResponse>(method.FullName, options, content), new ClientStreamWriter<TRequest>(content, _options.CompressRequests));
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private GrpcCall<TResponse> Start<TResponse>(string path, in CallOptions options, HttpContent content)
        where TResponse : class, IMessage<TResponse>, new()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        RequestHeaders.Write(request, options.Headers, _options.CompressRequests);
        return GrpcCall<TResponse>.Start(_http, request, options, _options.MaxReceiveMessageSize);
    }

    private ReadOnlyMemoryContent ContentOf(IMessage message)
    {
        var frame = new ArrayBufferWriter<byte>(MessageFrame.HeaderBytes + message.CalculateSize());
        MessageFrame.Write(frame, message, _options.CompressRequests);
        return new ReadOnlyMemoryContent(frame.WrittenMemory);
    }

    private static SocketsHttpHandler CreateHandler(GrpcChannelOptions options) => new()
    {
        ConnectTimeout = options.ConnectTimeout,
        KeepAlivePingDelay = options.KeepAlivePingDelay,
        KeepAlivePingTimeout = options.KeepAlivePingTimeout,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        EnableMultipleHttp2Connections = options.EnableMultipleHttp2Connections,
        PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy of the environment is for HTTP/1.1 and would not take HTTP/2 without TLS.
        UseProxy = false,
    };
}
