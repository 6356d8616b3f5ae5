using System.Globalization;
using KvStore.Api.Options;
using KvStore.Api.Problems;
using KvStore.Core.Durability;
using KvStore.Core.Errors;
using KvStore.Core.Store;

namespace KvStore.Api.Hosting;

/// <summary>
/// Brings the store back from its directory while the server answers already, and says meanwhile how far it is. Where the store is in memory there is
/// nothing to do:
/// <list type="number">
/// <item>before the server listens, <see cref="Open"/>: a directory that cannot be used ends the start, and nothing in it has changed;</item>
/// <item>while it listens, the recovery: every request for the store is refused;</item>
/// <item>after the server and the sweep have ended, the stop: the log says that it was one in good order.</item>
/// </list>
/// </summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed partial class StoreRecovery(
    ShardedStore store,
    StoreOptions options,
    DurabilitySettings durability,
    IDurabilityObserver observer,
    OpenDirectory open,
    Lifecycle lifecycle,
    IHostApplicationLifetime host,
    ILogger<StoreRecovery> log)
    : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(3);

    // What is left to write is little. It has this long even where requests have used up the stop's time.
    private static readonly TimeSpan LeastStopTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _recovered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _running = Task.CompletedTask;
    private volatile string? _failure;
    private readonly Lock _endLock = new();
    private Task? _end;
    private bool _isDisposed;
    private bool _isCut;

    /// <summary>The store's directory; null where it is in memory.</summary>
    public DurableStore? Directory { get; private set; }

    /// <summary>Completes when the store may be used; never where it could not be brought back.</summary>
    public Task Recovered => _recovered.Task;

    /// <summary>Whether the store may not be used yet.</summary>
    public bool IsRecovering => !_recovered.Task.IsCompleted;

    /// <summary>Opens the directory, where there is one. To be called before the server listens.</summary>
    /// <exception cref="StartException">It cannot be used.</exception>
    public void Open()
    {
        if (options.DataDir.Length == 0)
        {
            _recovered.SetResult();
            return;
        }

        try
        {
            Directory = open(options.DataDir, store, durability.ToOptions(), observer);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartException(exception.Message, exception);
        }

        lifecycle.MarkRecovering();
    }

    /// <summary>Fails where the store could not be brought back.</summary>
    /// <exception cref="StartException">It could not.</exception>
    public void ThrowIfFailed()
    {
        if (_failure is { } message)
        {
            throw new StartException(message);
        }
    }

    /// <summary>Why the store is not to be used yet, in words for a client.</summary>
    public Problem Describe() => new(ErrorCode.NotReady, $"The store is being brought back from its directory: {Progress()}. Try again.");

    /// <summary>How far the recovery is, such as "log, 43 %, 1200000 records a second".</summary>
    public string Progress() => Directory?.Status is not { } status ? "done" : string.Create(
        CultureInfo.InvariantCulture, $"{PhaseName(status.Phase)}, {status.RecoveryPercent:0} %, {status.RecordsPerSecond:0} records a second");

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Directory is { } directory ? Task.Run(() => RunAsync(directory), CancellationToken.None) : Task.CompletedTask;
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var end = EndOnceAsync();
        if (await Task.WhenAny(end, WaitAsync(cancellationToken)) == end)
        {
            await end;
        }
        else
        {
            _isCut = true;
            LogStopCut(log);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        // Called twice: as the service that it is, and as the hosted one.
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (_isCut)
        {
            // The disk does not answer. The process ends without it.
            return;
        }

        await EndOnceAsync();
        if (Directory is { } directory)
        {
            await directory.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private static async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(LeastStopTime, CancellationToken.None);
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string PhaseName(RecoveryPhase phase) => phase.ToString().ToLowerInvariant();

    /// <summary>Ends recovery and store, once: a host may be told to stop by several, and after its end too.</summary>
    private Task EndOnceAsync()
    {
        lock (_endLock)
        {
            return _end ??= EndAsync();
        }
    }

    private async Task EndAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        if (Directory is { } directory)
        {
            await directory.StopAsync();
        }
    }

    private async Task RunAsync(DurableStore directory)
    {
        try
        {
            var recovering = directory.RecoverAsync(_stopping.Token);
            await LogProgressAsync(recovering);
            var found = await recovering;
            LogRecovered(
                log,
                found.LastRevision,
                found.Records,
                Math.Round(found.Duration.TotalSeconds, 3),
                found.IsHistoryNew ? "a new history" : "history",
                found.HistoryId,
                found.TornTail is { } torn ? $"the log had an unfinished end, which was cut: {torn}" : "the log was whole");
            _recovered.SetResult();
            lifecycle.MarkRecovered();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The process ends before the store is back: what is on the disk is as good as it was.
        }
        catch (IOException exception)
        {
            await FailAsync(exception.Message);
        }
#pragma warning disable CA1031 // Whatever it is, a process that will never serve must not go on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(log, exception);
            await FailAsync($"The store in {options.DataDir} could not be brought back: {exception.Message}");
        }
    }

    private async Task LogProgressAsync(Task recovering)
    {
        using var timer = new PeriodicTimer(ProgressInterval);
        while (await Task.WhenAny(recovering, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()) != recovering)
        {
            LogProgress(log, Progress());
        }
    }

    private async Task FailAsync(string message)
    {
        _failure = message;

        // A host that is told to stop while it starts takes that for a failure of its own.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = host.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(_stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        host.StopApplication();
    }

    [LoggerMessage(1, LogLevel.Information, "Recovering the store: {Progress}")]
    private static partial void LogProgress(ILogger log, string progress);

    [LoggerMessage(2, LogLevel.Information,
        "Recovered the store at revision {Revision}: {Records} records in {Seconds} s; {History} {HistoryId}; {End}")]
    private static partial void LogRecovered(
        ILogger log, long revision, long records, double seconds, string history, string historyId, string end);

    [LoggerMessage(3, LogLevel.Critical, "The recovery failed")]
    private static partial void LogFailed(ILogger log, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The store did not stop in time: the next start will read its log as after a crash")]
    private static partial void LogStopCut(ILogger log);
}

/// <summary>Opens a store's directory: <see cref="DurableStore.Open"/>, where no test has a disk of its own.</summary>
internal delegate DurableStore OpenDirectory(string path, ShardedStore store, DurabilityOptions options, IDurabilityObserver? observer);

/// <summary>The service cannot start, or go on starting. The message is one line for the person who starts it.</summary>
internal sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
