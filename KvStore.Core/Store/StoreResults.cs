using KvStore.Core.Errors;

namespace KvStore.Core.Store;

/// <summary>The answer to a read of one key.</summary>
/// <param name="Error"><see cref="ErrorCode.None"/>; or why there is no value: <see cref="ErrorCode.KeyNotFound"/>, or what is
/// wrong with the key (<see cref="ErrorCode.MalformedKey"/>, <see cref="ErrorCode.KeyTooLong"/>).</param>
/// <param name="Revision">The revision of the write that set the value.</param>
/// <param name="ContentType">The value's content type.</param>
/// <param name="ValueLength">The value's length in bytes.</param>
/// <param name="ExpiresAt">When the key expires, in Unix milliseconds; 0 = never.</param>
public readonly record struct ReadResult(
    ErrorCode Error, long Revision = 0, string ContentType = "", int ValueLength = 0, long ExpiresAt = 0);

/// <summary>The answer to a write of one key.</summary>
/// <param name="Error"><see cref="ErrorCode.None"/>; or why nothing was written: <see cref="ErrorCode.RevisionMismatch"/>,
/// <see cref="ErrorCode.KeyNotFound"/> (delete only), or what is wrong with the key or value
/// (<see cref="ErrorCode.MalformedKey"/>, <see cref="ErrorCode.KeyTooLong"/>, <see cref="ErrorCode.ValueTooLarge"/>).</param>
/// <param name="Revision">The revision of the write; for <see cref="ErrorCode.RevisionMismatch"/> the key's current one,
/// 0 where it does not exist.</param>
/// <param name="Created">Whether the key did not exist before.</param>
public readonly record struct WriteResult(ErrorCode Error, long Revision = 0, bool Created = false);

/// <summary>How to set a key.</summary>
/// <param name="ContentType">The value's content type; null = <see cref="Records.ContentTypes.Default"/>. At most 255
/// characters of printable ASCII.</param>
/// <param name="Ttl">How long the key is to live, rounded up to a millisecond; null = until deleted.</param>
/// <param name="Condition">What must hold for the write to be carried out.</param>
/// <param name="ExpiresAt">When the key is to expire, in Unix milliseconds, where there is no <paramref name="Ttl"/>; 0 = never. A time that
/// is past is taken: the write counts, and its key expires at once.</param>
public readonly record struct SetOptions(
    string? ContentType = null, TimeSpan? Ttl = null, WriteCondition Condition = default, long ExpiresAt = 0);

/// <summary>What a store holds, at one moment.</summary>
/// <param name="Keys">Live keys.</param>
/// <param name="ValueBytes">Bytes of their values.</param>
/// <param name="Revision">The revision of the last write; 0 before the first.</param>
/// <param name="ExpiredKeys">Keys that have expired since the start.</param>
/// <param name="HistoryId">The history that revisions belong to: new whenever revisions could have been lost or begun again.</param>
/// <param name="OldestRevision">The oldest revision whose change is kept, so that a watch may resume after the one before it; one more than
/// the last where none is.</param>
/// <param name="ChangeLogBytes">Bytes of the changes that are kept.</param>
/// <param name="Watchers">Who follows changes.</param>
public readonly record struct StoreStatistics(
    long Keys, long ValueBytes, long Revision, long ExpiredKeys, string HistoryId, long OldestRevision = 1, long ChangeLogBytes = 0, int Watchers = 0);
