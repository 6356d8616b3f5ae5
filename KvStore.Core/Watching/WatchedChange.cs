using KvStore.Core.Changes;

namespace KvStore.Core.Watching;

/// <summary>One change of a key.</summary>
public readonly ref struct WatchedChange
{
    /// <summary>What happened; never <see cref="ChangeKind.None"/>.</summary>
    public required ChangeKind Kind { get; init; }

    /// <summary>The revision of the write.</summary>
    public required long Revision { get; init; }

    /// <summary>When it was written, in Unix milliseconds.</summary>
    public required long Timestamp { get; init; }

    /// <summary>The key.</summary>
    public required ReadOnlySpan<byte> Key { get; init; }

    /// <summary>The value, where the key was set.</summary>
    public ReadOnlySpan<byte> Value => ValueMemory.Span;

    /// <summary>The value, for who cannot use it at once; as good as the change, until the next call.</summary>
    public ReadOnlyMemory<byte> ValueMemory { get; init; }

    /// <summary>Its content type; empty where the key was not set.</summary>
    public string ContentType { get; init; }

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt { get; init; }
}
