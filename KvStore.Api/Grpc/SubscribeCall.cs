using System.Globalization;
using System.Text;
using KvStore.Api.Http;
using KvStore.Core.Changes;
using KvStore.Core.Watching;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using ChangeType = KvStore.Grpc.KeyValue.ChangeEvent.Types.ChangeType;

namespace KvStore.Api.Grpc;

/// <summary>Sends changes as they happen, until the client goes, the service does, or the client cannot keep up.</summary>
/// <remarks>As <see cref="WatchResponse"/> does for REST: what is written is sent when there is nothing more by now, or 32 KiB of it, and the client has
/// to take it before more is read.</remarks>
internal sealed class SubscribeCall(
    IWatcher watcher, WatchCapacity capacity, bool asBytes, ServerStreamWriter<ChangeEvent> events, ServerCallContext context)
{
    // Written before the next is made.
    private readonly ChangeEvent _event = new();

    /// <summary>Sends the headers at once, and then the changes.</summary>
    /// <exception cref="RpcException">How it ends, and from where it can be resumed.</exception>
    public async Task RunAsync(string historyId)
    {
        await context.WriteResponseHeadersAsync(new Metadata
        {
            { GrpcErrors.Revision, watcher.Revision.ToString(CultureInfo.InvariantCulture) },
            { "kvstore-history-id", historyId },
        });
        while (true)
        {
            switch (Read(out var held))
            {
                case WatchReading.Change when held > 0:
                    await SendLongAsync(held);
                    break;
                case WatchReading.Change:
                    await events.WriteAsync(_event, isMoreComing: true);
                    break;
                case WatchReading.Nothing:
                    await events.FlushAsync();
                    await watcher.WaitAsync(context.CancellationToken);
                    break;
                case WatchReading.Draining:
                    throw GrpcErrors.EndOfWatch(
                        StatusCode.Unavailable, "draining", "The service is shutting down. Watch another node, or try again.", watcher.Revision);
            }
        }
    }

    /// <summary>Reads what the watcher has, if anything; room for a long value is held until it has been sent.</summary>
    private WatchReading Read(out int held)
    {
        held = 0;
        var reading = watcher.TryRead(out var change);
        if (reading == WatchReading.FellBehind)
        {
            throw FellBehind(watcher.Revision);
        }

        if (reading != WatchReading.Change)
        {
            return reading;
        }

        if (EventWriter.IsLong(change))
        {
            held = change.ValueMemory.Length;
            if (!capacity.TryHold(held))
            {
                // Too many clients are in the middle of a long value already: this one comes back for it.
                throw FellBehind(change.Revision - 1);
            }
        }

        Take(change);
        return reading;
    }

    private void Take(in WatchedChange change)
    {
        _event.ChangeType = change.Kind == ChangeKind.Set ? ChangeType.Set : ChangeType.Delete;
        _event.Expired = change.Kind == ChangeKind.Expire;
        _event.Key = Encoding.UTF8.GetString(change.Key);
        (_event.Value, _event.ValueBytes) = ValueBuffer.ToFields(change.Value, asBytes && change.Kind == ChangeKind.Set);
        _event.ContentType = change.ContentType;
        _event.Revision = change.Revision;
        _event.Timestamp = change.Timestamp;
        _event.ExpiresAt = change.ExpiresAt;
    }

    private async ValueTask SendLongAsync(int held)
    {
        try
        {
            var write = events.WriteAsync(_event);

            // It has been written, and only waits to be taken: it is kept once.
            watcher.Forget();
            (_event.Value, _event.ValueBytes) = ValueBuffer.ToFields([], asBytes: false);
            await write;
        }
        catch (RpcException exception) when (exception.Status == GrpcServer.Full)
        {
            throw FellBehind(_event.Revision - 1);
        }
        finally
        {
            capacity.Release(held);
        }
    }

    private RpcException FellBehind(long revision)
    {
        capacity.CountFallenBehind();
        return GrpcErrors.EndOfWatch(
            StatusCode.ResourceExhausted, "fell-behind", "The client is too slow for the changes that are kept. Watch from the revision that it has come to.", revision);
    }
}
