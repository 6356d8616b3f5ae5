namespace KvStore.Grpc.Health;

/// <summary>Knows how the services are that <see cref="HealthService"/> tells of. Safe for any number of threads.</summary>
public interface IHealthSource
{
    /// <summary>Whether the process is about to end: whoever watches is told the last status, and to go elsewhere.</summary>
    bool IsEnding { get; }

    /// <summary>How a service is; the empty name is the server as a whole.</summary>
    /// <returns>Null where there is no such service.</returns>
    ValueTask<bool?> IsServingAsync(string service, CancellationToken cancellationToken);

    /// <summary>Completes when any answer of the above may have changed since this was called; sooner too.</summary>
    Task WaitForChangeAsync(CancellationToken cancellationToken);
}
