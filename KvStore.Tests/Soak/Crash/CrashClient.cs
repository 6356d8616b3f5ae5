using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Crash;

/// <summary>The requests of the load over REST, each with what it may be answered.</summary>
internal sealed class CrashClient(Uri service, CrashHistory history) : IDisposable
{
    private const string Json = "Content-Type: application/json";

    private readonly ServiceClient _client = new(service);

    /// <summary>Sets a key by PUT. A time to live is in milliseconds.</summary>
    public async Task PutAsync(string key, int length, bool isText, long ttl = 0, params string[] conditions)
    {
        var write = history.BeginSet(key, length, isText, ttl);
        var target = ServiceClient.PathOf(key) + (ttl == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"?ttl={ttl / 1_000.0}"));
        var answer = await _client.SendBytesAsync("PUT", target, write.Content.Bytes(), ["Content-Type: " + write.Content.ContentType, .. conditions]);
        switch (answer.Status)
        {
            case 200 or 201:
                history.Acknowledge(write, RevisionOf(answer));
                break;
            case 412 when conditions.Length > 0:
                Refuse(write, answer);
                break;
            default:
                throw Unexpected(answer);
        }
    }

    /// <summary>Sets a key to a text by a call.</summary>
    public async Task SetAsync(string key, int length, long ttl, long? ifRevision)
    {
        var write = history.BeginSet(key, length, isText: true, ttl);
        var body = Members(write, ifRevision);
        var answer = await _client.SetAsync(JsonSerializer.Serialize(body));
        switch (answer.Status)
        {
            case 200 or 201:
                history.Acknowledge(write, answer.Json.GetProperty("revision").GetInt64());
                break;
            case 412 when ifRevision is not null:
                Refuse(write, answer);
                break;
            default:
                throw Unexpected(answer);
        }
    }

    public async Task DeleteAsync(string key, params string[] conditions)
    {
        var write = history.BeginDelete(key);
        var answer = await _client.SendAsync("DELETE", ServiceClient.PathOf(key), body: null, conditions);
        switch (answer.Status)
        {
            case 204:
                history.Acknowledge(write);
                break;
            case 404:
                history.Refuse(write);
                history.Miss(key, write.SentAt);
                break;
            case 412 when conditions.Length > 0:
                Refuse(write, answer);
                break;
            default:
                throw Unexpected(answer);
        }
    }

    /// <summary>Sets and deletes keys, all at one moment or one after the other.</summary>
    public async Task BatchAsync(IEnumerable<(string Key, int Length)> steps, bool isAtomic, Random random)
    {
        var batch = new CrashBatch();
        var writes = steps.Select(step => random.Next(5) == 0
            ? history.BeginDelete(step.Key, batch)
            : history.BeginSet(step.Key, step.Length, isText: true, random.Next(6) == 0 ? 60_000 : 0, batch: batch)).ToList();
        if (isAtomic)
        {
            history.Add(batch);
        }

        var answer = await _client.SendAsync("POST", "/batch", JsonSerializer.Serialize(new { operations = writes.Select(Operation), atomic = isAtomic }), Json);
        if (answer.Status != 200)
        {
            // A delete of a key that is not there undoes an atomic batch.
            (isAtomic && answer.Code == "batch-failed" ? (Action)(() => writes.ForEach(history.Refuse)) : throw Unexpected(answer))();
            return;
        }

        foreach (var (write, result) in writes.Zip(answer.Json.GetProperty("results").EnumerateArray()))
        {
            if (result.GetProperty("status").GetInt32() is 200 or 204)
            {
                history.Acknowledge(write, result.GetProperty("revision").GetInt64());
            }
            else
            {
                history.Refuse(write);
            }
        }
    }

    /// <summary>Imports a line for each key; some with the time when it expires.</summary>
    public async Task ImportAsync(IEnumerable<(string Key, int Length)> lines, Random random)
    {
        var writes = lines.Select(line => history.BeginSet(
            line.Key, line.Length, random.Next(2) == 0, expiresAt: random.Next(4) == 0 ? DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds() : 0)).ToList();
        var body = string.Join('\n', writes.Select(write =>
        {
            var line = new Dictionary<string, object>(StringComparer.Ordinal) { ["key"] = write.Key, ["contentType"] = write.Content.ContentType };
            line[write.Content.IsText ? "value" : "base64"] = write.Content.IsText ? write.Content.Text() : Convert.ToBase64String(write.Content.Bytes());
            if (write.ExpiresAt != 0)
            {
                line["expiresAt"] = DateTimeOffset.FromUnixTimeMilliseconds(write.ExpiresAt).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
            }

            return JsonSerializer.Serialize(line);
        }));
        var answer = await _client.SendAsync("POST", "/import", body, "Content-Type: application/x-ndjson");
        if (answer.Status != 200)
        {
            throw Unexpected(answer);
        }

        writes.ForEach(write => history.Acknowledge(write));
    }

    /// <summary>Reads a key.</summary>
    /// <returns>The set whose value it has; null where it is missing.</returns>
    public async Task<CrashWrite?> GetAsync(string key)
    {
        var (sentAt, sentTime) = (history.Now(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var answer = await _client.GetAsync(ServiceClient.PathOf(key));
        var state = answer.Status switch
        {
            200 => new CrashState(
                answer.Bytes,
                answer.ContentType!,
                RevisionOf(answer),
                answer.Header("KvStore-Expires-At") is { } time ? DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds() : 0),
            404 => new CrashState(null),
            _ => throw Unexpected(answer),
        };
        return history.Read(key, state, sentAt, sentTime);
    }

    /// <summary>Lists keys.</summary>
    public async Task<List<string>> SearchAsync(string filter)
    {
        var sentAt = history.Now();
        var answer = await _client.GetAsync("/search?" + filter);
        if (answer.Status != 200)
        {
            throw Unexpected(answer);
        }

        var keys = answer.Json.EnumerateArray().Select(key => key.GetString()!).ToList();
        keys.ForEach(key => history.List(key, sentAt));
        return keys;
    }

    public async Task<long> CountAsync() => (await _client.GetAsync("/count")).Json.GetProperty("count").GetInt64();

    /// <summary>What the node tells of itself; null where it is not ready.</summary>
    public async Task<(long Revision, string HistoryId)?> ReadyAsync()
    {
        var answer = await _client.GetAsync("/ready");
        if (answer.Status != 200)
        {
            return null;
        }

        var revision = answer.Json.GetProperty("revision").GetInt64();
        history.ShowRevision(revision);
        return (revision, answer.Json.GetProperty("historyId").GetString()!);
    }

    /// <summary>Takes a snapshot.</summary>
    public async Task SnapshotAsync()
    {
        var answer = await _client.SendAsync("POST", "/admin/snapshot");
        history.ShowRevision(answer.Status == 200 ? answer.Json.GetProperty("revision").GetInt64() : throw Unexpected(answer));
    }

    public void Dispose() => _client.Dispose();

    private static Dictionary<string, object> Operation(CrashWrite write)
    {
        var operation = write.Kind == CrashWriteKind.Set ? Members(write) : new Dictionary<string, object>(StringComparer.Ordinal) { ["key"] = write.Key };
        operation["op"] = write.Kind == CrashWriteKind.Set ? "set" : "delete";
        return operation;
    }

    private static Dictionary<string, object> Members(CrashWrite write, long? ifRevision = null)
    {
        var members = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["key"] = write.Key,
            ["value"] = write.Content.Text(),
            ["contentType"] = write.Content.ContentType,
        };
        if (write.Ttl != 0)
        {
            members["ttl"] = write.Ttl / 1_000.0;
        }

        if (ifRevision is { } revision)
        {
            members["ifRevision"] = revision;
        }

        return members;
    }

    /// <summary>Notes that a condition was not met, and the revision that the answer tells of.</summary>
    private void Refuse(CrashWrite write, Answer answer)
    {
        history.Refuse(write);
        history.ShowRevision(answer.Json.TryGetProperty("currentRevision", out var revision) ? revision.GetInt64() : 0);
    }

    private static long RevisionOf(Answer answer) => long.Parse(answer.ETag!.Trim('"'), CultureInfo.InvariantCulture);

    // Before a stop, a service may refuse anything; whether it was carried out is then looked for as where there is no answer.
    private static Exception Unexpected(Answer answer) => answer.Status == 503
        ? new IOException(answer.Text)
        : new CrashFault(string.Create(CultureInfo.InvariantCulture, $"An answer of {answer.Status}: {Encoding.UTF8.GetString(answer.Bytes.AsSpan(0, Math.Min(answer.Bytes.Length, 500)))}"));
}
