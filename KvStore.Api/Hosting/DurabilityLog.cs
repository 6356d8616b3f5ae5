using KvStore.Api.Metrics;
using KvStore.Core.Durability;

namespace KvStore.Api.Hosting;

/// <summary>Is told what becomes of the store's files: counts it, and logs what an operator has to know.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal sealed partial class DurabilityLog(DurabilityMetrics metrics, ILogger<DurabilityLog> log) : IDurabilityObserver
{
    /// <inheritdoc />
    public void Synced(TimeSpan duration, long changes, long bytes) => metrics.Synced(duration, changes);

    /// <inheritdoc />
    public void SpaceChanged(bool isFull)
    {
        if (isFull)
        {
            LogFull(log);
        }
        else
        {
            LogSpaceAgain(log);
        }
    }

    /// <inheritdoc />
    public void Failed(Exception exception) => LogFailed(log, exception.Message);

    [LoggerMessage(1, LogLevel.Error, "The disk is full: writes are refused until there is room again; reads go on")]
    private static partial void LogFull(ILogger log);

    [LoggerMessage(2, LogLevel.Information, "The disk has room again: writes are taken")]
    private static partial void LogSpaceAgain(ILogger log);

    [LoggerMessage(3, LogLevel.Error, "The disk has failed: the store is read-only, and not ready, until the service is started again. {Reason}")]
    private static partial void LogFailed(ILogger log, string reason);
}
