using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;

namespace KvStore.Core.Records;

/// <summary>
/// Turns what records hold of content types into strings, giving one shared string for each type in common use, so that
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

    /// <summary>The code of a content type that has none of its own.</summary>
    internal const int TextFollows = 7;

    // The place of each in this list is its code in records: it may only grow, to 7.
    private static readonly string[] Coded =
        [Default, Json, "application/octet-stream", "application/x-www-form-urlencoded", "text/plain", "text/html", "text/css"];

    private static readonly FrozenDictionary<string, int> CodeOf =
        Coded.Index().ToFrozenDictionary(type => type.Item, type => type.Index, StringComparer.Ordinal);

    // Clients choose content types, so the table of shared strings must be bounded; past this, reads allocate.
    private const int MaxShared = 1_024;

    private static readonly ConcurrentDictionary<byte[], string> Shared = new(KeyComparer.Instance);

    private static readonly ConcurrentDictionary<byte[], string>.AlternateLookup<ReadOnlySpan<byte>> SharedBySpan =
        Shared.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Whether a record can hold <paramref name="contentType"/>: at most 255 characters of printable ASCII.</summary>
    public static bool IsStorable(string contentType) =>
        contentType.Length is > 0 and <= MaxLength && !contentType.AsSpan().ContainsAnyExceptInRange(' ', '~');

    /// <summary>How a record holds <paramref name="contentType"/>; null is the default one.</summary>
    internal static ContentTypeCode Encode(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            return default;
        }

        if (CodeOf.TryGetValue(contentType, out var code))
        {
            return new ContentTypeCode(code);
        }

        Share(contentType);
        return new ContentTypeCode(TextFollows, contentType);
    }

    /// <summary>The content type that a record holds.</summary>
    /// <param name="code">Its code.</param>
    /// <param name="text">Its text, where the code is <see cref="TextFollows"/>.</param>
    /// <remarks>What a read finds may be a freed cell's bytes, so it is the writers who fill the table.</remarks>
    internal static string Decode(int code, ReadOnlySpan<byte> text) => code == 0 ? Default : DecodeRare(code, text);

    /// <summary>Makes the content type of a record that was not encoded here one of those that reads need not allocate.</summary>
    internal static void Share(ReadOnlySpan<byte> text)
    {
        if (!SharedBySpan.ContainsKey(text))
        {
            Share(Encoding.ASCII.GetString(text));
        }
    }

    private static string DecodeRare(int code, ReadOnlySpan<byte> text)
    {
        if (code != TextFollows)
        {
            return code < Coded.Length ? Coded[code] : Default;
        }

        return SharedBySpan.TryGetValue(text, out var shared) ? shared : Encoding.ASCII.GetString(text);
    }

    private static void Share(string contentType)
    {
        Span<byte> text = stackalloc byte[MaxLength];
        text = text[..Encoding.ASCII.GetBytes(contentType, text)];
        if (Shared.Count < MaxShared && !SharedBySpan.ContainsKey(text))
        {
            SharedBySpan.TryAdd(text, contentType);
        }
    }
}

/// <summary>A content type as a record holds it.</summary>
/// <param name="Code">Its code; <see cref="ContentTypes.TextFollows"/> for one without.</param>
/// <param name="Text">The text of one without; else null.</param>
internal readonly record struct ContentTypeCode(int Code, string? Text = null)
{
    /// <summary>The bytes that the text takes in a record, with its length.</summary>
    public int Size => Text is null ? 0 : 1 + Text.Length;
}
