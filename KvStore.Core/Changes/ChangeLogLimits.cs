namespace KvStore.Core.Changes;

/// <summary>How far back a change log reaches. What comes first counts.</summary>
/// <param name="WindowBytes">Bytes of the latest changes, from 64 KiB to 1 GiB; a power of two.</param>
/// <param name="WindowRecords">The most changes, from 16 to 2^27; a power of two.</param>
public sealed record ChangeLogLimits(int WindowBytes = 16 * 1_024 * 1_024, int WindowRecords = 131_072);
