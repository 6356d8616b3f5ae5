using System.Globalization;
using System.Runtime.CompilerServices;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Watching;

/// <summary>Follows changes across whatever cuts the way to the server, so that none is lost and none comes twice.</summary>
/// <remarks>
/// <para>After a cut it asks for what came after the last revision it has seen. Where that is too long ago for the server, it says so and ends:
/// nothing is left out silently.</para>
/// <para>A server that has lost its data begins a new history of revisions; that is followed from its beginning.</para>
/// </remarks>
/// <param name="source">The server.</param>
/// <param name="request">Which changes.</param>
/// <param name="patience">How long the server may be away; null = for ever.</param>
/// <param name="note">Is told, once, when the server is away or has begun anew.</param>
/// <param name="time">Measures how long; null = the system's.</param>
internal sealed class ChangeFeed(
    IChangeSource source, SubscribeRequest request, TimeSpan? patience, Action<string> note, TimeProvider? time = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly SubscribeRequest _request = request.Clone();
    private string? _historyId;
    private TimeSpan _pause = FirstPause;
    private long? _awaySince;

    /// <summary>All changes, until it is cancelled.</summary>
    /// <exception cref="RpcException">The server refuses, cannot be reached at the beginning, or is away for too long.</exception>
    /// <exception cref="OperationCanceledException">It is cancelled.</exception>
    public async IAsyncEnumerable<ChangeEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            using var stream = await TryOpenAsync(cancellationToken);
            while (stream is not null && await TryNextAsync(stream, cancellationToken) is { } change)
            {
                // Only once the one before it has been taken.
                yield return change;
                _request.SinceRevision = change.Revision;
            }

            await PauseAsync(cancellationToken);
        }
    }

    private async Task<IChangeStream?> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(cancellationToken);
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // A server that was never there is a mistake in its address rather than one that comes back.
            if (_historyId is null || !CanResume(exception))
            {
                throw;
            }

            Wait(exception);
            return null;
        }
    }

    /// <summary>Asks for what comes next; null where that is of a new history, which is then to be asked for.</summary>
    private async Task<IChangeStream?> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Take(await source.OpenAsync(_request, cancellationToken));
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.OutOfRange && _historyId is not null)
        {
            if (await ReadNewHistoryAsync(cancellationToken) is not { } newHistory)
            {
                throw;
            }

            BeginAnew(newHistory);
            return null;
        }
    }

    /// <summary>Takes a stream, if it goes on where the one before it ended.</summary>
    private IChangeStream? Take(IChangeStream stream)
    {
        if (_historyId is { } known && known != stream.HistoryId)
        {
            stream.Dispose();
            BeginAnew(stream.HistoryId);
            return null;
        }

        _historyId = stream.HistoryId;
        _awaySince = null;
        if (!_request.HasSinceRevision)
        {
            _request.SinceRevision = stream.Revision;
        }

        return stream;
    }

    private async Task<ChangeEvent?> TryNextAsync(IChangeStream stream, CancellationToken cancellationToken)
    {
        try
        {
            var change = await stream.NextAsync(cancellationToken);
            _pause = FirstPause;
            return change;
        }
        catch (RpcException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!CanResume(exception))
            {
                throw;
            }

            // Where only some keys are followed, the server may know of a later revision than the last of theirs.
            if (ChangeSource.RevisionIn(exception.Trailers) is { } revision && revision > _request.SinceRevision)
            {
                _request.SinceRevision = revision;
            }

            Wait(exception);
            return null;
        }
    }

    /// <summary>The server's history, where it is another than before, in which the revision asked for never was; else null.</summary>
    private async Task<string?> ReadNewHistoryAsync(CancellationToken cancellationToken)
    {
        var probe = _request.Clone();
        probe.ClearSinceRevision();
        using var stream = await source.OpenAsync(probe, cancellationToken);
        return stream.HistoryId == _historyId ? null : stream.HistoryId;
    }

    private void BeginAnew(string historyId)
    {
        note("the server has begun a new history; what follows is from its beginning");
        _request.SinceRevision = 0;
        _historyId = historyId;

        // It is there: the next time that it is away is another.
        _awaySince = null;
        _pause = FirstPause;
    }

    private void Wait(RpcException exception)
    {
        var now = _time.GetTimestamp();
        if (_awaySince is null)
        {
            _awaySince = now;
            note(string.Create(CultureInfo.InvariantCulture,
                $"{exception.StatusCode}: {exception.Status.Detail}; going on after revision {_request.SinceRevision} as soon as the server is there"));
        }
        else if (patience is { } most && _time.GetElapsedTime(_awaySince.Value, now) >= most)
        {
            throw exception;
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_pause, _time, cancellationToken);
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, LongestPause.Ticks));
    }

    /// <summary>Whether a stream that ended so may go on: the way was cut, the server is restarted or silent, or this side was too slow.</summary>
    private static bool CanResume(RpcException exception) =>
        exception.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled or StatusCode.DeadlineExceeded
        || (exception.StatusCode is StatusCode.ResourceExhausted && Failure.CodeOf(exception) == "fell-behind");
}
