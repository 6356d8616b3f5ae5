using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>Requests over HTTP, by wrk, and gRPC calls, all the time: what becomes of each is counted.</summary>
internal sealed partial class RolloutLoad : IAsyncDisposable
{
    private const int Connections = 32, Callers = 8;
    private static readonly TimeSpan BetweenCalls = TimeSpan.FromMilliseconds(20);

    private readonly Process _wrk;
    private readonly GrpcClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _callers;
    private long _calls, _failedCalls;
    private string _firstFailure = "";

    private RolloutLoad(Process wrk, GrpcClient client)
    {
        (_wrk, _client) = (wrk, client);
        _callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(CallAsync));
    }

    /// <summary>Begins.</summary>
    /// <param name="wrk">The program.</param>
    /// <param name="http">Where to send requests.</param>
    /// <param name="grpc">Where to send calls.</param>
    public static RolloutLoad Start(string wrk, Uri http, Uri grpc)
    {
        var script = Path.Combine(Repository.Root, "KvStore.Tests", "Soak", "Rollout", "rollout.lua");

        // It ends before its time, by a signal.
        var start = new ProcessStartInfo(wrk, [$"-c{Connections}", "-t1", "-d1h", "--timeout", "10s", "-s", script, http.ToString()])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        return new RolloutLoad(Process.Start(start)!, new GrpcClient(grpc));
    }

    /// <summary>Ends it, when all that is under way has been answered or has failed.</summary>
    public async Task<RolloutCounts> StopAsync()
    {
        await _stop.CancelAsync();
        await _callers;
        Signal.Send(_wrk, Signal.Interrupt);
        var report = await _wrk.StandardOutput.ReadToEndAsync();
        await _wrk.WaitForExitAsync();
        var line = Report().Match(report);
        line.Success.Should().BeTrue($"wrk tells what it has counted: {report}");
        long Count(string name) => long.Parse(line.Groups[name].Value, CultureInfo.InvariantCulture);
        return new RolloutCounts
        {
            Requests = Count("requests"),
            FailedConnections = Count("connect") + Count("read") + Count("write") + Count("timeout"),
            FailedAnswers = Count("status"),
            Calls = _calls,
            FailedCalls = _failedCalls,
            FirstFailedCall = _firstFailure,
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (!_wrk.HasExited)
        {
            await _stop.CancelAsync();
            await _callers;
            _wrk.Kill();
        }

        _wrk.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task CallAsync(int caller)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _client.Store.SetAsync(new SetRequest { Key = FormattableString.Invariant($"rollout-call:{caller}"), Value = "v" });
            }
            catch (RpcException exception)
            {
                Interlocked.Increment(ref _failedCalls);
                Interlocked.CompareExchange(ref _firstFailure, exception.Message, "");
            }

            Interlocked.Increment(ref _calls);

            // Only to leave the processors to others: nothing waits for it.
            await Task.Delay(BetweenCalls);
        }
    }

    [GeneratedRegex("requests=(?<requests>[0-9]+) connect=(?<connect>[0-9]+) read=(?<read>[0-9]+) write=(?<write>[0-9]+) timeout=(?<timeout>[0-9]+) status=(?<status>[0-9]+)",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Report();
}
