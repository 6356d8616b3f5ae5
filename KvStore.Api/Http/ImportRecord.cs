using KvStore.Core.Store;
using ContentTypes = KvStore.Core.Records.ContentTypes;

namespace KvStore.Api.Http;

/// <summary>What one line of an import says. Its bytes lie in the line or in a scratch buffer.</summary>
internal struct ImportRecord
{
    /// <summary>The key, in UTF-8.</summary>
    public ReadOnlyMemory<byte> Key { get; set; }

    /// <summary>The value.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }

    /// <summary>Whether the value is JSON text, not a string.</summary>
    public bool IsJsonValue { get; set; }

    /// <summary>The value's content type; null where the line did not say, or said the default one.</summary>
    public string? ContentType { get; set; }

    /// <summary>When the key expires, in Unix milliseconds; 0 = never.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>How to write it.</summary>
    public readonly SetOptions Options => new(ContentType ?? (IsJsonValue ? ContentTypes.Json : null), ExpiresAt: ExpiresAt);
}
