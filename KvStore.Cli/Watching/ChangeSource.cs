using System.Globalization;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Watching;

/// <summary>A server's changes.</summary>
internal interface IChangeSource
{
    /// <summary>Begins to follow changes.</summary>
    /// <exception cref="RpcException">The server cannot be reached, or refuses.</exception>
    Task<IChangeStream> OpenAsync(SubscribeRequest request, CancellationToken cancellationToken);
}

/// <summary>Changes that are followed.</summary>
internal interface IChangeStream : IDisposable
{
    /// <summary>The revision after which they are.</summary>
    long Revision { get; }

    /// <summary>The history that the revision is of; empty where the server does not say.</summary>
    string HistoryId { get; }

    /// <summary>The next change; null where the server ends the stream.</summary>
    /// <exception cref="RpcException">The stream ends in another way.</exception>
    Task<ChangeEvent?> NextAsync(CancellationToken cancellationToken);
}

/// <summary>The changes of a server that is called.</summary>
/// <param name="client">Calls it.</param>
/// <param name="timeout">How long it may take to begin.</param>
internal sealed class ChangeSource(KeyValueStoreClient client, TimeSpan timeout) : IChangeSource
{
    private const string HistoryHeader = "kvstore-history-id";

    /// <summary>What says a revision, before the changes and behind them.</summary>
    public const string RevisionHeader = "kvstore-revision";

    /// <inheritdoc />
    public async Task<IChangeStream> OpenAsync(SubscribeRequest request, CancellationToken cancellationToken)
    {
        var call = client.Subscribe(request, new CallOptions(CancellationToken: cancellationToken));
        try
        {
            return await Stream.OpenAsync(call).WaitAsync(timeout, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            call.Dispose();
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "It does not answer."), innerException: exception);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>The revision that headers or trailers have; null where they have none.</summary>
    public static long? RevisionIn(Metadata metadata) =>
        long.TryParse(metadata.Get(RevisionHeader), NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null;

    private sealed class Stream(AsyncServerStreamingCall<ChangeEvent> call, long revision, string historyId) : IChangeStream
    {
        public long Revision => revision;

        public string HistoryId => historyId;

        public static async Task<Stream> OpenAsync(AsyncServerStreamingCall<ChangeEvent> call)
        {
            var headers = await call.ResponseHeadersAsync;
            if (RevisionIn(headers) is not { } revision)
            {
                // A call that is refused has no more than its status.
                await call.ResponseStream.MoveNext();
                throw new RpcException(new Status(StatusCode.Internal, $"The server does not say {RevisionHeader}."));
            }

            return new Stream(call, revision, headers.Get(HistoryHeader) ?? "");
        }

        public async Task<ChangeEvent?> NextAsync(CancellationToken cancellationToken) =>
            await call.ResponseStream.MoveNext(cancellationToken) ? call.ResponseStream.Current : null;

        public void Dispose() => call.Dispose();
    }
}
