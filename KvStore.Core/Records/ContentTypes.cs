using System.Collections.Concurrent;
using System.Text;

namespace KvStore.Core.Records;

/// <summary>
/// Turns the content-type bytes of records into strings, giving one shared string for each type in common use, so that
/// a read allocates none.
/// </summary>
/// <remarks>Safe for any number of threads.</remarks>
public static class ContentTypes
{
    /// <summary>What a value is when its writer did not say.</summary>
    public const string Default = "text/plain; charset=utf-8";

    /// <summary>JSON: what a JSON number, boolean, object or array is stored as.</summary>
    public const string Json = "application/json";

    /// <summary>The longest content type that a record can hold, in ASCII bytes.</summary>
    public const int MaxLength = 255;

    // Clients choose content types, so the table of shared strings must be bounded; past this, reads allocate.
    private const int MaxShared = 1_024;

    // The types in common use come first, so that made-up ones cannot keep them out.
    private static readonly ConcurrentDictionary<byte[], string> Shared = new(
        new[] { Json, "application/octet-stream", "application/x-www-form-urlencoded", "text/plain", "text/html" }
            .Select(type => KeyValuePair.Create(Encoding.ASCII.GetBytes(type), type)),
        KeyComparer.Instance);

    private static readonly ConcurrentDictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> SharedBySpan =
        Shared.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Whether a record can hold <paramref name="contentType"/>: at most 255 characters of printable ASCII.</summary>
    public static bool IsStorable(string contentType) =>
        contentType.Length is > 0 and <= MaxLength && !contentType.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>Writes <paramref name="contentType"/> as a record holds it: nothing for the default one.</summary>
    /// <returns>The number of bytes written to <paramref name="destination"/>, at most <see cref="MaxLength"/>.</returns>
    internal static int Encode(string? contentType, Span<byte> destination) =>
        contentType is null || string.Equals(contentType, Default, StringComparison.Ordinal)
            ? 0
            : Encoding.ASCII.GetBytes(contentType, destination);

    /// <summary>The content type that <see cref="Encode"/> wrote as <paramref name="encoded"/>.</summary>
    internal static string Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.IsEmpty)
        {
            return Default;
        }

        return SharedBySpan.TryGetValue(encoded, out var shared) ? shared : Share(encoded);
    }

    private static string Share(ReadOnlySpan<byte> encoded)
    {
        var text = Encoding.ASCII.GetString(encoded);
        return Shared.Count < MaxShared ? Shared.GetOrAdd(encoded.ToArray(), text) : text;
    }
}
