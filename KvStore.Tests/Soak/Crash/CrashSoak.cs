using System.Diagnostics;
using KvStore.Core.Durability;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Crash;

/// <summary>Rounds of load, an end of the service at a random moment, and a look at what is there after the restart: all on the same directory.</summary>
/// <param name="folder">The data directory.</param>
/// <param name="sync">The mode that the store is kept in.</param>
/// <param name="seed">What all that is random begins with, but for what clients do to each other.</param>
internal sealed class CrashSoak(string folder, string sync, int seed)
{
    // What a shell, too, says of a process that a signal has ended.
    private const int KilledCode = 128 + Signal.Kill;

    private readonly CrashHistory _history = new();
    private readonly Random _random = new(seed);
    private CrashWatcher? _watcher;
    private string? _historyId;

    // How long the last start took until it listened, and from then on until the store was back.
    private TimeSpan _listening = TimeSpan.FromSeconds(1);
    private TimeSpan _recovering;

    public CrashCounts Counts => _history.Counts;

    private bool IsAlways => sync == "always";

    /// <summary>Runs all rounds.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="report">Is told of each that has ended.</param>
    /// <exception cref="CrashFault">Something that had been acknowledged or shown is lost.</exception>
    public async Task RunAsync(int rounds, Action<string> report)
    {
        _watcher = new CrashWatcher(_history);
        ServiceProcess? service = await StartAsync();
        try
        {
            (_, _historyId) = await ReadyAsync(service);
            for (var round = 1; round <= rounds; round++)
            {
                var plan = CrashPlan.Make(_random, round);
                await new CrashLoad(service, _history, _watcher, plan).RunAsync();
                await EndAsync(service, plan);
                await service.DisposeAsync();
                service = null;
                var last = VerifyFiles(plan);
                if (!IsAlways && !plan.IsStop)
                {
                    _history.Lose(last);
                }

                CrashFault.ThrowIf(last < _history.ShownRevision, $"revision {_history.ShownRevision} was shown, and the log ends with {last}");
                await KillStartsAsync(plan, last);
                service = await StartAsync();
                await CheckAsync(service, plan, last);
                Counts.Rounds = round;
                report($"{sync}, round {round} ended {(plan.IsStop ? "by SIGTERM" : "by SIGKILL")} at revision {last}. {Counts}");
            }
        }
        finally
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }
        }
    }

    private async Task EndAsync(ServiceProcess service, CrashPlan plan)
    {
        var exitCode = await service.WaitForExitAsync();
        Counts.Stops += plan.IsStop ? 1 : 0;
        Counts.Kills += plan.IsStop ? 0 : 1;
        CrashFault.ThrowIf(exitCode != (plan.IsStop ? 0 : KilledCode), $"the service ended with {exitCode}: {string.Join('\n', service.Output)}");
    }

    /// <summary>Looks at the files as the end has left them.</summary>
    /// <returns>The last revision that they have.</returns>
    private long VerifyFiles(CrashPlan plan)
    {
        var files = StoreVerifier.Run(folder);
        var torn = files.Findings.Count(finding => finding.What.Contains("unfinished", StringComparison.Ordinal) && LogFormat.TryParseSegment(finding.File, out _));
        Counts.TornTails += torn;
        CrashFault.ThrowIf(!files.IsSound || (plan.IsStop && torn > 0), $"the files are not sound: {string.Join("; ", files.Findings)}");
        return files.LastRevision;
    }

    /// <summary>Starts the service, and kills it before it has started, or soon after.</summary>
    private async Task KillStartsAsync(CrashPlan plan, long last)
    {
        foreach (var moment in plan.KilledStarts)
        {
            await using var service = ServiceProcess.Begin("", Settings());

            // The moment is as good as any: nothing waits for it but the kill. Half of them are after the service listens, when the recovery begins.
            var isAfter = moment >= 0.5;
            if (isAfter)
            {
                await service.WaitUntilListeningAsync();
            }

            await Task.WhenAny(service.WaitForExitAsync(), Task.Delay(isAfter ? _recovering * ((2 * moment) - 1) : _listening * (2 * moment)));
            service.Signal(Signal.Kill);
            await service.WaitForExitAsync();
            var isEarly = !service.Output.Any(line => line.Contains("Recovered the store", StringComparison.Ordinal));
            Counts.KillsOfStarts += isEarly ? 1 : 0;
            Counts.KillsInRecoveries += isEarly && isAfter ? 1 : 0;
            var now = VerifyFiles(plan with { IsStop = false });
            CrashFault.ThrowIf(now < last, $"the log went back from revision {last} to {now} in a start that was killed");
        }
    }

    private async Task<ServiceProcess> StartAsync()
    {
        var startedAt = Stopwatch.GetTimestamp();
        var service = await ServiceProcess.StartAsync("", Settings());
        var listensAt = Stopwatch.GetTimestamp();
        await ReadyAsync(service);
        (_listening, _recovering) = (Stopwatch.GetElapsedTime(startedAt, listensAt), Stopwatch.GetElapsedTime(listensAt));
        return service;
    }

    private async Task<(long Revision, string HistoryId)> ReadyAsync(ServiceProcess service)
    {
        using var client = new CrashClient(service.Address, _history);
        while (true)
        {
            if (await client.ReadyAsync() is { } ready)
            {
                return ready;
            }

            CrashFault.ThrowIf(
                service.Output.Any(line => line.Contains("could not be", StringComparison.Ordinal)), $"the service does not start: {string.Join('\n', service.Output)}");
        }
    }

    /// <summary>Compares what is there with what must be.</summary>
    private async Task CheckAsync(ServiceProcess service, CrashPlan plan, long last)
    {
        CheckHistory(await ReadyAsync(service), plan, last);
        using var client = new CrashClient(service.Address, _history);
        var states = await new CrashCheck(service.Address, _history).RunAsync();

        // By now, whatever has expired has been told.
        await _watcher!.RunAsync(service.Address, (await ReadyAsync(service)).Revision);
        _history.Settle(states, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    private void CheckHistory((long Revision, string HistoryId) ready, CrashPlan plan, long last)
    {
        CrashFault.ThrowIf(ready.Revision < last, $"the log ends with revision {last}, and the service is at {ready.Revision}");
        var isNew = ready.HistoryId != _historyId;
        _historyId = ready.HistoryId;
        if (IsAlways || (plan.IsStop && plan.KilledStarts.Length == 0))
        {
            CrashFault.ThrowIf(isNew, $"the history has changed, and nothing was lost");
        }
        else if (!plan.IsStop)
        {
            CrashFault.ThrowIf(!isNew, $"the history has not changed, and revisions may be lost");
        }
    }

    private (string Name, string Value)[] Settings() =>
    [
        ("DATA_DIR", folder),
        ("KvStore__Durability__Sync", sync),
        ("KvStore__Durability__SegmentBytes", "65536"),
        ("KvStore__Durability__SnapshotLogBytes", "65536"),
        ("KvStore__Changes__WindowBytes", "65536"),
        ("KvStore__Changes__WindowRecords", "4096"),
    ];
}
