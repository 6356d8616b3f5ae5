using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Crash;

/// <summary>Many clients at once, until the service is ended under them at the moment that the plan says.</summary>
internal sealed class CrashLoad(ServiceProcess service, CrashHistory history, CrashWatcher watcher, CrashPlan plan)
{
    private const int Writers = 14;
    private const int Readers = 2;

    private readonly TaskCompletionSource _snapshotIsDue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _requests;
    private int _snapshots;
    private int _isEnding;

    /// <summary>All keys there ever are. They have what lists can be asked for, and there are short and long ones.</summary>
    public static string[] Keys { get; } =
        [.. Enumerable.Range(0, 360).Select(i => FormattableString.Invariant($"k/{"abc"[i % 3]}/{new string('-', i % 7 == 0 ? 300 : i % 5)}{i}"))];

    /// <summary>Runs until the service is told to end, and no client gets an answer any more.</summary>
    public async Task RunAsync()
    {
        var clients = Enumerable.Range(0, Writers).Select(i => RunAsync(new Random(plan.Seed + i), WriteAsync))
            .Concat(Enumerable.Range(Writers, Readers).Select(i => RunAsync(new Random(plan.Seed + i), ReadAsync)))
            .Append(RunGrpcAsync(new Random(plan.Seed - 1)))
            .Append(UntilEndAsync(() => watcher.RunAsync(service.Address)))
            .Append(TakeSnapshotsAsync());
        await Task.WhenAll(clients);
        history.Counts.KillsInSnapshots += !plan.IsStop && Volatile.Read(ref _snapshots) > 0 ? 1 : 0;
    }

    private async Task RunAsync(Random random, Func<CrashClient, Random, Task> request)
    {
        using var client = new CrashClient(service.Address, history);
        await UntilEndAsync(async () =>
        {
            while (true)
            {
                await request(client, random);
                Count();
            }
        });
    }

    private async Task RunGrpcAsync(Random random)
    {
        using var client = new CrashGrpcClient(service.GrpcAddress, history);
        await UntilEndAsync(async () =>
        {
            while (true)
            {
                await CallAsync(client, random);
                Count();
            }
        });
    }

    private async Task TakeSnapshotsAsync()
    {
        using var client = new CrashClient(service.Address, history);
        await _snapshotIsDue.Task;
        await UntilEndAsync(async () =>
        {
            Interlocked.Increment(ref _snapshots);
            history.Counts.Snapshots++;
            await client.SnapshotAsync();
            Interlocked.Decrement(ref _snapshots);
        });
    }

    /// <summary>Counts a request that was answered; the one that is to be the last ends the service.</summary>
    private void Count()
    {
        var requests = Interlocked.Increment(ref _requests);
        if (requests == plan.SnapshotAfter + 1)
        {
            _snapshotIsDue.TrySetResult();
        }

        if (requests == plan.EndAfter + 1)
        {
            End(plan.IsStop ? Signal.Terminate : Signal.Kill);
        }
    }

    private void End(int signal)
    {
        if (Interlocked.Exchange(ref _isEnding, 1) == 0)
        {
            service.Signal(signal);
        }
    }

    /// <summary>Does something until the service has gone; it must not go by itself.</summary>
    private async Task UntilEndAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (
            Volatile.Read(ref _isEnding) == 1 && exception is HttpRequestException or IOException or RpcException or OperationCanceledException)
        {
            // Whatever was under way has no answer.
        }
        catch
        {
            // The others would wait for what does not come any more.
            End(Signal.Kill);
            _snapshotIsDue.TrySetResult();
            throw;
        }
    }

    private static async Task WriteAsync(CrashClient client, Random random)
    {
        var (key, length, isText) = (AnyKey(random), CrashContent.AnyLength(random), random.Next(2) == 0);
        switch (random.Next(100))
        {
            case < 26:
                await client.PutAsync(key, length, isText);
                break;
            case < 36:
                await client.SetAsync(key, length, ttl: 0, ifRevision: null);
                break;
            case < 46:
                await client.PutAsync(key, length, isText, AnyTtl(random));
                break;
            case < 52:
                await client.PutAsync(key, length, isText, ttl: 0, "If-None-Match: *");
                break;
            case < 62:
                await WriteIfAsync(client, key, length, random);
                break;
            case < 70:
                await client.DeleteAsync(key);
                break;
            case < 80:
                await client.BatchAsync(AnyKeys(random), isAtomic: true, random);
                break;
            case < 86:
                await client.BatchAsync(AnyKeys(random), isAtomic: false, random);
                break;
            case < 92:
                await client.ImportAsync(AnyKeys(random), random);
                break;
            default:
                await client.GetAsync(key);
                break;
        }
    }

    /// <summary>Writes on the condition that the key is as it was just read: which others may change.</summary>
    private static async Task WriteIfAsync(CrashClient client, string key, int length, Random random)
    {
        var revision = (await client.GetAsync(key))?.Revision ?? 0;
        if (random.Next(2) == 0)
        {
            await client.SetAsync(key, length, ttl: random.Next(2) * 60_000, revision);
        }
        else if (revision != 0)
        {
            var condition = FormattableString.Invariant($"If-Match: \"{revision}\"");
            await (random.Next(2) == 0 ? client.PutAsync(key, length, isText: false, ttl: 0, condition) : client.DeleteAsync(key, condition));
        }
    }

    private static Task ReadAsync(CrashClient client, Random random) => random.Next(20) switch
    {
        0 => client.SearchAsync(FormattableString.Invariant($"prefix=k/{"abc"[random.Next(3)]}/")),
        1 => client.ReadyAsync(),
        _ => client.GetAsync(AnyKey(random)),
    };

    private static Task CallAsync(CrashGrpcClient client, Random random) => random.Next(10) switch
    {
        < 5 => client.SetAsync(
            AnyKey(random), CrashContent.AnyLength(random), random.Next(2) == 0, random.Next(4) == 0 ? AnyTtl(random) : 0, random.Next(5) == 0 ? 0 : null),
        5 => client.DeleteAsync(AnyKey(random)),
        6 or 7 => client.BatchAsync(AnyKeys(random)),
        _ => client.GetAsync(AnyKey(random)),
    };

    private static string AnyKey(Random random) => Keys[random.Next(Keys.Length)];

    /// <summary>Some keys, each once, and lengths of values.</summary>
    private static List<(string Key, int Length)> AnyKeys(Random random) =>
        [.. random.GetItems(Keys, random.Next(1, 9)).Distinct(StringComparer.Ordinal).Select(key => (key, random.Next(2_000)))];

    /// <summary>A time to live in milliseconds: over before the restart, about then, or long after.</summary>
    private static long AnyTtl(Random random) => random.Next(3) switch
    {
        0 => random.Next(1, 100),
        1 => random.Next(500, 5_000),
        _ => 3_600_000,
    };
}
