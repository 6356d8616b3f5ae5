using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Crash;

/// <summary>The requests of the load over gRPC.</summary>
internal sealed class CrashGrpcClient(Uri service, CrashHistory history) : IDisposable
{
    private readonly GrpcClient _client = new(service);

    /// <summary>Sets a key. A time to live is in milliseconds.</summary>
    public async Task SetAsync(string key, int length, bool isText, long ttl, long? ifRevision)
    {
        var write = history.BeginSet(key, length, isText, ttl);
        try
        {
            var response = await _client.Store.SetAsync(Request(write, ifRevision), GrpcClient.Patiently);
            history.Acknowledge(write, response.Revision);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.FailedPrecondition && ifRevision is not null)
        {
            history.Refuse(write);
        }
    }

    public async Task DeleteAsync(string key)
    {
        var write = history.BeginDelete(key);
        var response = await _client.Store.DeleteAsync(new DeleteRequest { Key = key }, GrpcClient.Patiently);
        if (response.Deleted)
        {
            history.Acknowledge(write, response.Revision);
            return;
        }

        history.Refuse(write);
        history.Miss(key, write.SentAt);
    }

    /// <summary>Sets keys, all at one moment.</summary>
    public async Task BatchAsync(IEnumerable<(string Key, int Length)> steps)
    {
        var batch = new CrashBatch();
        var request = new BatchRequest { Atomic = true };
        foreach (var (key, length) in steps)
        {
            request.Operations.Add(new BatchOperation { Set = Request(history.BeginSet(key, length, isText: false, batch: batch)) });
        }

        history.Add(batch);
        var response = await _client.Store.BatchAsync(request, GrpcClient.Patiently);
        foreach (var (write, result) in batch.Writes.Zip(response.Results))
        {
            history.Acknowledge(write, result.Set.Revision);
        }
    }

    public async Task GetAsync(string key)
    {
        var (sentAt, sentTime) = (history.Now(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var response = await _client.Store.GetAsync(new GetRequest { Key = key, AsBytes = true }, GrpcClient.Patiently);
        var state = response.Found
            ? new CrashState(response.ValueBytes.ToByteArray(), response.ContentType, response.Revision, response.ExpiresAt)
            : new CrashState(null);
        history.Read(key, state, sentAt, sentTime);
    }

    public void Dispose() => _client.Dispose();

    private static SetRequest Request(CrashWrite write, long? ifRevision = null)
    {
        var request = new SetRequest
        {
            Key = write.Key,
            ValueBytes = ByteString.CopyFrom(write.Content.Bytes()),
            ContentType = write.Content.ContentType,
            TtlMs = write.Ttl,
        };
        if (ifRevision is { } revision)
        {
            request.IfRevision = revision;
        }

        return request;
    }
}
