using System.Buffers;
using KvStore.Core.Search;
using KvStore.Core.Store.Batches;
using KvStore.Core.Watching;

namespace KvStore.Core.Store;

/// <summary>The one door to any store: every protocol calls this and nothing behind it.</summary>
/// <remarks>
/// <para>Thread safety: every member may be called from any number of threads.</para>
/// <para>Guarantees: reads, writes and conditional writes of one key are linearizable. Every write takes the next revision
/// of the whole store. An expired key is gone from every answer the moment it expires.</para>
/// <para>Keys are 1 to <see cref="StoreLimits.MaxKeyBytes"/> bytes of valid UTF-8. Spans and sequences passed in are used
/// up before a call returns its task. Expected outcomes are results, not exceptions.</para>
/// </remarks>
public interface IKeyValueStore
{
    /// <summary>The sizes that the store accepts.</summary>
    StoreLimits Limits { get; }

    /// <summary>What the store holds now.</summary>
    StoreStatistics Statistics { get; }

    /// <summary>The revision up to which every write can be read: who lists keys from now on and watches what comes after it misses nothing.</summary>
    /// <remarks>A later write may be under way, or done: <see cref="StoreStatistics.Revision"/> counts both.</remarks>
    ValueTask<long> GetSettledRevisionAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads a key's value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Where the value is copied to, whole; nothing is written where there is none. Null to learn
    /// only what the result tells.</param>
    /// <param name="maxBytes">A longer value is not copied; the result has its length.</param>
    /// <param name="cancellationToken">Ends a read that has to wait.</param>
    ValueTask<ReadResult> GetAsync(
        ReadOnlySpan<byte> key,
        IBufferWriter<byte>? destination,
        int maxBytes = int.MaxValue,
        CancellationToken cancellationToken = default);

    /// <summary>Sets a key's value. Without a ttl, an earlier expiry is removed.</summary>
    ValueTask<WriteResult> SetAsync(
        ReadOnlySpan<byte> key,
        in ReadOnlySequence<byte> value,
        in SetOptions options = default,
        CancellationToken cancellationToken = default);

    /// <summary>Deletes a key.</summary>
    ValueTask<WriteResult> DeleteAsync(
        ReadOnlySpan<byte> key, in WriteCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>Carries out operations of a batch, one after the other, each as if it had come alone.</summary>
    /// <param name="batch">The operations.</param>
    /// <param name="start">The first to carry out.</param>
    /// <param name="results">Receives the result of each, until it takes no more.</param>
    /// <param name="cancellationToken">Ends a read that has to wait.</param>
    /// <returns>The first operation that has not been carried out; the caller goes on there.</returns>
    ValueTask<int> ExecuteAsync(Batch batch, int start, IBatchResults results, CancellationToken cancellationToken = default);

    /// <summary>Carries out all of a batch's writes at one moment, or none; its reads see the store at that moment too.</summary>
    /// <remarks>Each operation sees what those before it have written. Gets fail nothing. docs/architecture.md says what others see.</remarks>
    ValueTask<BatchOutcome> ExecuteAtomicallyAsync(Batch batch, CancellationToken cancellationToken = default);

    /// <summary>
    /// Replaces the content of <paramref name="page"/> by the next keys that match, in byte order, and moves the cursor after
    /// them. A key present during a whole listing is seen exactly once; none is seen twice.
    /// </summary>
    /// <param name="filter">Which keys are wanted.</param>
    /// <param name="cursor">Where the listing is.</param>
    /// <param name="limit">How many keys at the most, from 1. Fewer are found only at the end.</param>
    /// <param name="page">Receives the keys.</param>
    /// <param name="cancellationToken">Ends a search whose client has gone.</param>
    /// <returns>Whether more keys match after these.</returns>
    ValueTask<bool> SearchAsync(
        KeyFilter filter, KeyCursor cursor, int limit, KeyPage page, CancellationToken cancellationToken = default);

    /// <summary>Counts the keys that match; all keys where the filter is empty.</summary>
    ValueTask<long> CountAsync(KeyFilter filter, CancellationToken cancellationToken = default);

    /// <summary>Follows the changes of keys.</summary>
    /// <param name="filter">Of which keys; the empty one is all.</param>
    /// <param name="since">The revision after which changes are wanted; null = from now on.</param>
    /// <returns>Null where that revision is ahead of the store, or changes after it are no longer kept.</returns>
    IWatcher? Watch(KeyFilter filter, long? since = null);
}
