using System.Runtime.InteropServices;
using KvStore.Api.Options;
using KvStore.Core.Store;

namespace KvStore.Api.Hosting;

/// <summary>
/// Stops the process so that no accepted request fails. On SIGTERM, SIGINT or SIGQUIT:
/// <list type="number">
/// <item>not ready at once; every watch ends, and every answer asks its client to reconnect elsewhere;</item>
/// <item>go on serving for the drain delay, in which load balancers notice;</item>
/// <item>stop listening, finish what is in flight within the stop timeout, exit 0.</item>
/// </list>
/// A second signal skips the delay.
/// </summary>
internal sealed partial class DrainingLifetime(
    IHostApplicationLifetime host, Lifecycle lifecycle, ShardedStore store, LifecycleOptions options, ILogger<DrainingLifetime> log)
    : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly CancellationTokenSource _hurry = new();

    /// <inheritdoc />
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        host.ApplicationStarted.Register(lifecycle.MarkReady);
        host.ApplicationStopping.Register(BeginDraining);
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _hurry.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // The default would end the process at once.
        context.Cancel = true;
        if (lifecycle.IsDraining)
        {
            _hurry.Cancel();
            return;
        }

        // 1. Not ready from here on.
        BeginDraining();
        LogDraining(log, context.Signal, options.DrainSeconds);
        _ = DrainAsync();
    }

    private void BeginDraining()
    {
        // In this order no new watch is taken that would not end.
        lifecycle.MarkDraining();
        store.DrainWatchers();
    }

    private async Task DrainAsync()
    {
        // 2. Serve on for the drain delay.
        await Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), _hurry.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // 3. The host stops listening and waits for what is in flight.
        host.StopApplication();
    }

    [LoggerMessage(1, LogLevel.Information, "Draining on {Signal}: not ready, serving for {DrainSeconds} s more")]
    private static partial void LogDraining(ILogger log, PosixSignal signal, double drainSeconds);
}
