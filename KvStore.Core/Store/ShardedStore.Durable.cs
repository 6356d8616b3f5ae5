using System.Buffers;
using System.Runtime.CompilerServices;
using KvStore.Core.Changes;
using KvStore.Core.Errors;

namespace KvStore.Core.Store;

/// <content>
/// Waiting until what is told survives a power cut. A write is in its shard at once; who is told of it, by the answer to it or by any other, waits for
/// the watermark. So no answer ever tells what a crash could take away.
/// </content>
public sealed partial class ShardedStore
{
    private DurableWatermark? _watermark;

    /// <summary>The changes, for what writes them down.</summary>
    internal ChangeLog Changes => _log;

    /// <summary>The clock that the store goes by.</summary>
    internal TimeProvider Time => _time;

    /// <summary>The time that expiry goes by, Unix milliseconds: never less than it was.</summary>
    internal long LatestTime => Now();

    // Up to this revision, what is read may be told at once.
    private long TellableRevision => _watermark?.Revision ?? long.MaxValue;

    /// <summary>Has a journal write down every change from now on.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="awaited">What every answer waits for; null where none does.</param>
    /// <remarks>To be called before the first write.</remarks>
    internal void Attach(IJournal journal, DurableWatermark? awaited)
    {
        _watermark = awaited;
        _log.Attach(journal, isHeldBack: awaited is not null);
    }

    /// <summary>Has the clock go on from a time that an earlier process has shown.</summary>
    internal void StartClockAt(long time) => _clock.StartAt(time);

    private ValueTask<WriteResult> Tell(in WriteResult result, Shard shard)
    {
        if (_watermark is not { } watermark || result.Error is ErrorCode.StorageFull or ErrorCode.NotReady)
        {
            return new(result);
        }

        var wait = watermark.WaitAsync(result.Revision == 0 ? shard.LastRemoval : result.Revision);
        return wait.IsCompletedSuccessfully ? new(wait.Result ? result : new WriteResult(ErrorCode.NotReady)) : TellAsync(wait, result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<WriteResult> TellAsync(ValueTask<bool> wait, WriteResult result) =>
        await wait.ConfigureAwait(false) ? result : new WriteResult(ErrorCode.NotReady);

    /// <summary>Reads what cannot be told yet: into a buffer of its own, so that nothing is given away should it never be.</summary>
    private ValueTask<ReadResult> GetLater(in HashedKey key, IBufferWriter<byte>? destination, int maxBytes)
    {
        var buffer = destination is null ? null : new ArrayBufferWriter<byte>();
        var shard = ShardOf(key);
        var result = shard.Read(key, buffer, maxBytes, long.MaxValue);
        var revision = result.Error == ErrorCode.None ? result.Revision : shard.LastRemoval;
        return TellAsync(_watermark!.WaitAsync(revision), result, buffer, destination);
    }

    private static async ValueTask<ReadResult> TellAsync(
        ValueTask<bool> wait, ReadResult result, ArrayBufferWriter<byte>? buffer, IBufferWriter<byte>? destination)
    {
        if (!await wait.ConfigureAwait(false))
        {
            return new ReadResult(ErrorCode.NotReady);
        }

        destination?.Write(buffer!.WrittenSpan);
        return result;
    }

    /// <summary>Waits until everything that has been written by now can be told.</summary>
    /// <exception cref="StorageFailedException">It never will.</exception>
    private ValueTask<T> TellAll<T>(in ValueTask<T> result) =>
        _watermark is null ? result : TellAllAsync(result);

    private async ValueTask<T> TellAllAsync<T>(ValueTask<T> answer)
    {
        var result = await answer.ConfigureAwait(false);
        return await _watermark!.WaitAsync(_log.LastRevision).ConfigureAwait(false) ? result : throw new StorageFailedException();
    }
}
