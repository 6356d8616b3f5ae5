using System.Globalization;
using System.Text;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Crash;

/// <summary>Watches all keys, before a restart and after it, and misses no revision and sees none twice: or is told that it cannot go on.</summary>
internal sealed class CrashWatcher(CrashHistory history)
{
    private long _last;
    private string? _historyId;

    /// <summary>Watches until the service goes, or a revision has been seen; in any case it asks to go on where it was.</summary>
    /// <param name="service">Where the service listens.</param>
    /// <param name="until">The revision.</param>
    public async Task RunAsync(Uri service, long until = long.MaxValue)
    {
        do
        {
            using var watch = await OpenAsync(service);
            try
            {
                while (_last < until && await watch.NextAsync() is { Type: not "fell-behind" } next)
                {
                    if (next.Type is "draining")
                    {
                        return;
                    }

                    Take(next);
                }
            }
            finally
            {
                // An id alone says, too, that everything up to it has happened.
                history.ShowRevision(watch.LastId);
            }
        }
        while (_last < until);
    }

    private async Task<WatchStream> OpenAsync(Uri service)
    {
        var watch = await WatchStream.AskAsync(service, _historyId is null ? "?since=0" : "", _historyId is null ? null : _last);
        if ((int)watch.Response.StatusCode == 410)
        {
            var oldest = JsonDocument.Parse((await watch.LineAsync())!).RootElement.GetProperty("oldestRevision").GetInt64();
            watch.Dispose();
            watch = await WatchStream.AskAsync(service, string.Create(CultureInfo.InvariantCulture, $"?since={oldest - 1}"));
            var isOther = await ReadReadyAsync(watch, oldest - 1);
            CrashFault.ThrowIf(!isOther && oldest <= _last + 1, $"a watch after revision {_last} was refused, and {oldest} is kept");
            history.Counts.Compacted++;
            _last = oldest - 1;
            return watch;
        }

        await ReadReadyAsync(watch, _last);
        history.Counts.Resumed++;
        return watch;
    }

    /// <summary>Reads the first event; whether it tells of another history than before.</summary>
    private async Task<bool> ReadReadyAsync(WatchStream watch, long expected)
    {
        var status = (int)watch.Response.StatusCode;
        CrashFault.ThrowIf(status is not (200 or 503), $"a watch after revision {expected} was answered with {status}");

        // It may be shutting down, or killed before it has written anything.
        if (status == 503 || await watch.NextAsync() is not { } ready)
        {
            throw new IOException("The watch ended before it began.");
        }

        CrashFault.ThrowIf(ready.Type != "ready" || ready.Id != expected, $"a watch after revision {expected} begins with {ready}");
        var isOther = _historyId is not null && _historyId != ready.Data.GetProperty("historyId").GetString();
        _historyId = ready.Data.GetProperty("historyId").GetString();
        return isOther;
    }

    private void Take(WatchEvent change)
    {
        var revision = change.Data.GetProperty("revision").GetInt64();
        CrashFault.ThrowIf(change.Id != revision || revision != _last + 1, $"a watcher that had seen revision {_last} was told of {revision} next");
        _last = revision;
        if (change.Type != "set")
        {
            history.WatchRemoval(change.Key!, revision, isExpiry: change.Type == "expire");
            return;
        }

        var value = change.Value is { } text ? Encoding.UTF8.GetBytes(text) : change.Data.GetProperty("base64").GetBytesFromBase64();
        var expiresAt = change.Data.TryGetProperty("expiresAt", out var time) ? time.GetDateTimeOffset().ToUnixTimeMilliseconds() : 0;
        history.WatchSet(change.Key!, new CrashState(value, change.Data.GetProperty("contentType").GetString()!, revision, expiresAt));
    }
}
