namespace KvStore.Core.Store;

/// <summary>The sizes that a store accepts.</summary>
/// <param name="MaxKeyBytes">The longest key, in bytes of UTF-8: 1 to 65,535. A longer one is <c>key-too-long</c>.</param>
/// <param name="MaxValueBytes">The longest value, in bytes: 0 to 1 GiB. A longer one is <c>value-too-large</c>.</param>
public sealed record StoreLimits(int MaxKeyBytes = 1_024, int MaxValueBytes = 1_048_576);
