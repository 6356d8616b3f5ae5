namespace Watchers;

/// <summary>A watch, event by event. Not thread safe.</summary>
internal interface IEventStream : IDisposable
{
    /// <summary>Waits for more; false where there will be no more.</summary>
    ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Reads the next event, if all of it is there.</summary>
    bool TryRead(out ServerEvent next);
}
