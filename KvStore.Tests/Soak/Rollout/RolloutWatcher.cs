using KvStore.Tests.Soak.Crash;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>Watches all keys through a rollout: its stream ends only where it is told so, misses no revision until then, and goes on elsewhere.</summary>
/// <param name="where">Where to watch.</param>
/// <param name="goesOn">Whether it goes on after the last revision it has seen, as the same store is behind the address; else it begins again.</param>
internal sealed class RolloutWatcher(Func<Uri> where, bool goesOn)
{
    /// <summary>The key whose set ends a watch.</summary>
    public const string EndKey = "rollout:end";

    private static readonly TimeSpan BeforeRetry = TimeSpan.FromMilliseconds(50);
    private long _last;

    /// <summary>The history of the store that it watches; null where it watches none now.</summary>
    public string? HistoryId { get; private set; }

    public long Events { get; private set; }

    /// <summary>How many times it was told to go elsewhere, and did.</summary>
    public int Resumed { get; private set; }

    /// <summary>Watches until the end's key comes.</summary>
    /// <exception cref="CrashFault">A revision is missing, or the stream was cut.</exception>
    public async Task RunAsync()
    {
        string? history = null;
        while (true)
        {
            using var watch = await OpenAsync(isFirst: history is null);
            var ready = (await watch.NextAsync())!;
            var id = ready.Data.GetProperty("historyId").GetString();
            if (goesOn && history is not null)
            {
                CrashFault.ThrowIf(id != history || ready.Id != _last, $"a watch after revision {_last} of {history} goes on after {ready.Id} of {id}");
            }

            Resumed += history is null ? 0 : 1;
            (history, HistoryId, _last) = (id, id, ready.Id);
            if (await ReadAsync(watch))
            {
                return;
            }

            HistoryId = null;
        }
    }

    /// <summary>Reads to the end of the stream; true where it is the end of all.</summary>
    private async Task<bool> ReadAsync(WatchStream watch)
    {
        while (await watch.NextAsync() is { } next)
        {
            if (next.Type == "draining")
            {
                CrashFault.ThrowIf(next.Id != _last, $"a watcher that had seen revision {_last} was told to go on from {next.Id}");
                return false;
            }

            CrashFault.ThrowIf(next.Id != _last + 1, $"a watcher that had seen revision {_last} was told of {next.Id} next");
            _last = next.Id;
            Events++;
            if (next.Key == EndKey)
            {
                return true;
            }
        }

        throw new CrashFault($"a watch was cut after revision {_last}");
    }

    /// <summary>Asks until a pod takes the watch: the one that was left may still be asked, and one that is away is coming back.</summary>
    private async Task<WatchStream> OpenAsync(bool isFirst)
    {
        while (true)
        {
            try
            {
                var watch = await WatchStream.AskAsync(where(), isFirst && goesOn ? "?since=0" : "", goesOn && !isFirst ? _last : null);
                var status = (int)watch.Response.StatusCode;
                if (status == 200)
                {
                    return watch;
                }

                watch.Dispose();
                CrashFault.ThrowIf(status != 503, $"a watch after revision {_last} was answered with {status}");
            }
            catch (HttpRequestException) when (goesOn)
            {
                // The pod is away.
            }

            await Task.Delay(BeforeRetry);
        }
    }
}
