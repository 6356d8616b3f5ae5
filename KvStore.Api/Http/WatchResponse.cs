using KvStore.Core.Watching;

namespace KvStore.Api.Http;

/// <summary>Streams changes as they happen, until the client goes, the service does, or the client cannot keep up.</summary>
/// <remarks>What is written is sent when there is nothing more by now, or 32 KiB of it, and the client has to take it before more is read:
/// a slow client costs that much and no change that waits.</remarks>
internal sealed class WatchResponse(HttpContext context, IWatcher watcher, WatchCapacity capacity) : IDisposable
{
    private const int FlushBytes = 32 * 1_024;

    // Proxies close what has been silent for as little as 30 seconds.
    private const int HeartbeatMilliseconds = 15_000;

    private readonly EventWriter _events = new(context.Response.BodyWriter);
    private long _nextHeartbeat = Environment.TickCount64 + HeartbeatMilliseconds;

    /// <summary>Sends the headers, and that events follow, at once; and then the events.</summary>
    public async Task SendAsync(string historyId)
    {
        var headers = context.Response.Headers;
        context.Response.ContentType = EventWriter.ContentType;
        headers.CacheControl = "no-store";
        headers["X-Accel-Buffering"] = "no";
        headers.XContentTypeOptions = "nosniff";
        _events.WriteReady(watcher.Revision, historyId);
        var isWanted = await FlushAsync();
        while (isWanted)
        {
            isWanted = await SendNextAsync();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _events.Dispose();

    /// <summary>Writes the next event, or waits for one; false where there is no next one.</summary>
    private async ValueTask<bool> SendNextAsync()
    {
        var reading = Write(out var longChange);
        if (reading == WatchReading.FellBehind)
        {
            capacity.CountFallenBehind();
        }

        if (reading == WatchReading.Change && longChange is { } tail && !await SendLongAsync(tail))
        {
            return false;
        }

        if (Environment.TickCount64 >= _nextHeartbeat)
        {
            _nextHeartbeat = Environment.TickCount64 + HeartbeatMilliseconds;
            _events.WriteComment(watcher.Revision);
        }

        if ((reading != WatchReading.Change || _events.Pending >= FlushBytes) && !await FlushAsync())
        {
            return false;
        }

        if (reading == WatchReading.Nothing)
        {
            var silence = TimeSpan.FromMilliseconds(Math.Max(0, _nextHeartbeat - Environment.TickCount64));
            await watcher.WaitAsync(silence, context.RequestAborted);
        }

        return reading is WatchReading.Change or WatchReading.Nothing;
    }

    /// <summary>Writes what the watcher has, if anything; of a long change only the beginning.</summary>
    private WatchReading Write(out EventTail? longChange)
    {
        longChange = null;
        var reading = watcher.TryRead(out var change);
        switch (reading)
        {
            case WatchReading.Change when !EventWriter.IsLong(change):
                _events.WriteChange(change);
                break;
            case WatchReading.Change when capacity.TryHold(change.ValueMemory.Length):
                longChange = _events.BeginChange(change);
                break;
            case WatchReading.Change:
                // Too many clients are in the middle of a long value already: this one comes back for it.
                _events.WriteEnd("fell-behind"u8, change.Revision - 1);
                return WatchReading.FellBehind;
            case WatchReading.FellBehind:
                _events.WriteEnd("fell-behind"u8, watcher.Revision);
                break;
            case WatchReading.Draining:
                _events.WriteEnd("draining"u8, watcher.Revision);
                break;
        }

        return reading;
    }

    private async ValueTask<bool> SendLongAsync(EventTail tail)
    {
        try
        {
            // To its end: what waits for the client after this waits without the long value's memory.
            return await _events.WriteLongAsync(tail, FlushAsync) && await FlushAsync();
        }
        finally
        {
            capacity.Release(tail.Value.Length);
        }
    }

    /// <summary>Sends what has been written; false where the client wants no more.</summary>
    private async ValueTask<bool> FlushAsync()
    {
        if (_events.Pending == 0)
        {
            return true;
        }

        _events.MarkFlushed();
        return !(await context.Response.BodyWriter.FlushAsync(context.RequestAborted)).IsCompleted;
    }
}
