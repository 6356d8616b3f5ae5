using System.Diagnostics;
using System.Globalization;

namespace Watchers;

/// <summary>All watchers of a run.</summary>
internal sealed class Crowd : IDisposable
{
    // Few enough for the server's queue of connections that wait to be accepted.
    private const int OpenedAtOnce = 64;

    private readonly Watcher[] _watchers;
    private readonly CancellationTokenSource _end = new();
    private Task[] _following = [];

    /// <summary>Makes watchers that all follow every write, or each a prefix of its own that no write has.</summary>
    public Crowd(Func<string, long?, Task<IEventStream>> open, int count, bool isEveryWrite) => _watchers =
    [
        .. Enumerable.Range(0, count).Select(i => new Watcher(open, isEveryWrite ? "" : $"quiet/{i}/", isEveryWrite)),
    ];

    /// <summary>Has all of them begin.</summary>
    public async Task OpenAsync()
    {
        foreach (var some in _watchers.Chunk(OpenedAtOnce))
        {
            await Task.WhenAll(some.Select(watcher => watcher.OpenAsync()));
        }

        _following = [.. _watchers.Select(watcher => watcher.FollowAsync(_end.Token))];
    }

    /// <summary>Completes as soon as one of them fails, with what it found.</summary>
    public async Task FailAsync() => await await Task.WhenAny(_following);

    /// <summary>Completes when each has read the event of <paramref name="revision"/>.</summary>
    public async Task ReachAsync(long revision, TimeSpan patience)
    {
        var begin = Stopwatch.GetTimestamp();
        while (Array.Find(_watchers, watcher => watcher.Last < revision) is { } late)
        {
            if (Stopwatch.GetElapsedTime(begin) > patience)
            {
                throw new InvalidDataException($"a watcher has come to revision {late.Last} of {revision} and no further");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }

        if (Array.Find(_watchers, watcher => watcher.Last != revision || watcher.Events != revision - watcher.First) is { } other)
        {
            throw new InvalidDataException(
                $"a watcher read {other.Events} events from revision {other.First} to {other.Last}, where {revision} was the last");
        }
    }

    /// <summary>What they have seen: writes, events, resumes, seconds from the first events to the last.</summary>
    public override string ToString()
    {
        var begin = _watchers.Min(watcher => watcher.FirstTimestamp);
        var end = _watchers.Max(watcher => watcher.LastTimestamp);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_watchers.Max(watcher => watcher.Last) - _watchers[0].First}\t{_watchers.Sum(watcher => watcher.Events)}\t{_watchers.Sum(watcher => watcher.Resumes)}\t{Stopwatch.GetElapsedTime(begin, end).TotalSeconds:F3}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Cancel();
        Array.ForEach(_watchers, watcher => watcher.Dispose());
        _end.Dispose();
    }
}
