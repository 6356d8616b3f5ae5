using KvStore.Core.Errors;

namespace KvStore.Core.Changes;

/// <summary>What writes a change log down. It must have room for a change before anything changes, and must have read it before it leaves the window.</summary>
/// <remarks>Safe for any number of threads.</remarks>
internal interface IJournal
{
    /// <summary>The revision up to which it has read.</summary>
    long Position { get; }

    /// <summary>Takes the room for changes that are one group. Called for one group after the other, in the order of their revisions.</summary>
    /// <param name="count">How many changes.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <returns><see cref="ErrorCode.None"/>; <see cref="ErrorCode.StorageFull"/> or <see cref="ErrorCode.NotReady"/> where there is none.</returns>
    ErrorCode TryTake(int count, long bytes);

    /// <summary>Returns when it has read up to a revision that is published, or has failed and never will.</summary>
    void WaitUntilRead(long revision);
}
