using System.Globalization;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace Watchers;

/// <summary>One call of <c>Subscribe</c> on a connection of its own, event by event.</summary>
/// <remarks>By the client that users have, which takes more of the cores than <see cref="EventStream"/>. Not thread safe.</remarks>
internal sealed class GrpcEventStream : IEventStream
{
    private const string Revision = "kvstore-revision";

    private readonly GrpcChannel _channel;
    private readonly AsyncServerStreamingCall<ChangeEvent> _call;
    private ServerEvent? _next;

    private GrpcEventStream(int port, string prefix, long? since)
    {
        _channel = GrpcChannel.ForAddress(string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
        var request = new SubscribeRequest { KeyPattern = prefix, AllKeys = prefix.Length == 0 };
        if (since is { } revision)
        {
            request.SinceRevision = revision;
        }

        _call = new KeyValueStoreClient(_channel).Subscribe(request);
    }

    /// <summary>Begins to watch: the first event says that others follow.</summary>
    public static async Task<IEventStream> OpenAsync(int port, string prefix, long? since)
    {
        var stream = new GrpcEventStream(port, prefix, since);
        try
        {
            stream._next = new ServerEvent(RevisionOf(await stream._call.ResponseHeadersAsync), EventKind.Ready);
            return stream;
        }
        catch (RpcException exception)
        {
            stream.Dispose();
            throw new InvalidDataException($"a subscription was answered by: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            var isMore = await _call.ResponseStream.MoveNext(cancellationToken);
            _next = isMore ? new ServerEvent(_call.ResponseStream.Current.Revision, EventKind.Change) : null;
            return isMore;
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.ResourceExhausted)
        {
            _next = new ServerEvent(RevisionOf(exception.Trailers), EventKind.FellBehind);
            return true;
        }
        catch (RpcException exception)
        {
            throw new InvalidDataException($"a subscription ended by: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out ServerEvent next)
    {
        next = _next.GetValueOrDefault();
        var isThere = _next is not null;
        _next = null;
        return isThere;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _call.Dispose();
        _channel.Dispose();
    }

    private static long RevisionOf(Metadata metadata) =>
        long.Parse(metadata.Get(Revision) ?? throw new InvalidDataException("there is no revision"), CultureInfo.InvariantCulture);
}
