namespace KvStore.Core.Errors;

/// <summary>An answer cannot be given, as it would tell of writes that the disk has failed to keep: <see cref="ErrorCode.NotReady"/>.</summary>
public sealed class StorageFailedException() : Exception("The disk has failed, and what it has not kept cannot be told.");
