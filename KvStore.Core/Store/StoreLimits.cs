namespace KvStore.Core.Store;

/// <summary>The sizes that a store accepts.</summary>
/// <param name="MaxKeyBytes">The longest key, in bytes of UTF-8: 1 to 65,535. A longer one is <c>key-too-long</c>.</param>
/// <param name="MaxValueBytes">The longest value, in bytes: 0 to <see cref="MostValueBytes"/>. A longer one is <c>value-too-large</c>.</param>
public sealed record StoreLimits(int MaxKeyBytes = 1_024, int MaxValueBytes = 1_048_576)
{
    /// <summary>The longest value that any store can be set to accept, 128 MiB: the change log holds four of the longest, and at most 1 GiB.</summary>
    public const int MostValueBytes = 134_217_728;
}
