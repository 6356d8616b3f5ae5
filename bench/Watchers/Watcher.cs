using System.Diagnostics;
using System.Globalization;

namespace Watchers;

/// <summary>A client that follows one prefix for as long as it is asked to, and sees that nothing is missing.</summary>
/// <remarks>
/// <para>Where it follows every write, each event must have the revision after the one before it; heartbeats and ends must have the same. Where it follows
/// none, there must be no event. When it is told that it fell behind, it resumes.</para>
/// <para>One task follows; any other may ask how far it has come.</para>
/// </remarks>
/// <param name="open">Begins to watch what begins with a prefix, after a revision or from now on.</param>
/// <param name="prefix">What the keys begin with.</param>
/// <param name="isEveryWrite">Whether every write is one of these keys; else none is.</param>
internal sealed class Watcher(Func<string, long?, Task<IEventStream>> open, string prefix, bool isEveryWrite) : IDisposable
{
    private IEventStream? _stream;
    private long _last;
    private long _events;

    /// <summary>The revision after which it began.</summary>
    public long First { get; private set; }

    /// <summary>The revision of the last event.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>How many events it has read.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>How often it was told that it fell behind, and resumed.</summary>
    public int Resumes { get; private set; }

    /// <summary>When the first events came; 0 = none has.</summary>
    public long FirstTimestamp { get; private set; }

    /// <summary>When the latest events came.</summary>
    public long LastTimestamp { get; private set; }

    /// <summary>Begins to watch; done when the server says that events follow.</summary>
    public async Task OpenAsync()
    {
        await OpenAsync(since: null);
        First = Last;
    }

    /// <summary>Reads events until cancelled.</summary>
    /// <exception cref="InvalidDataException">An event is missing, comes twice, or should not have come.</exception>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        var hasMore = true;
        while (true)
        {
            // What came with the end of the stream is read before that end counts.
            if (!ReadEvents())
            {
                // The same revision that a browser would send.
                await OpenAsync(Last);
                Resumes++;
                hasMore = true;
            }
            else
            {
                hasMore = hasMore ? await _stream!.ReceiveAsync(cancellationToken) : throw EndedAt(Last);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream?.Dispose();

    private async Task OpenAsync(long? since)
    {
        _stream?.Dispose();
        _stream = await open(prefix, since);
        ServerEvent ready;
        var hasMore = true;
        while (!_stream.TryRead(out ready))
        {
            hasMore = hasMore ? await _stream.ReceiveAsync(CancellationToken.None) : throw EndedAt(Last);
        }

        Require(ready.Kind == EventKind.Ready && (since is null || ready.Id == since), ready);
        Volatile.Write(ref _last, ready.Id);
    }

    /// <summary>Reads what events there are; false where the watch has to be resumed.</summary>
    private bool ReadEvents()
    {
        var (last, events) = (_last, _events);
        var isOpen = true;
        while (isOpen && _stream!.TryRead(out var next))
        {
            isOpen = next.Kind != EventKind.FellBehind;
            var isChange = next.Kind == EventKind.Change;
            Require(IsExpected(next, last), next);
            last = next.Id;
            events += isChange ? 1 : 0;
        }

        if (events > _events)
        {
            LastTimestamp = Stopwatch.GetTimestamp();
            FirstTimestamp = FirstTimestamp == 0 ? LastTimestamp : FirstTimestamp;
        }

        Volatile.Write(ref _events, events);
        Volatile.Write(ref _last, last);
        return isOpen;
    }

    private bool IsExpected(in ServerEvent next, long last) => next.Kind switch
    {
        EventKind.Change => isEveryWrite && next.Id == last + 1,
        EventKind.Heartbeat or EventKind.FellBehind => isEveryWrite ? next.Id == last : next.Id >= last,
        _ => false,
    };

    private InvalidDataException EndedAt(long revision) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the stream of '{prefix}' ended without a word after revision {revision}"));

    private void Require(bool isExpected, in ServerEvent next)
    {
        if (!isExpected)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"a watch of '{prefix}' that had come to revision {Last} or a little further got {next.Kind} {next.Id}"));
        }
    }
}
