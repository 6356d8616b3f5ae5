using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KvStore.Api.Problems;
using KvStore.Core.Store;
using Microsoft.Net.Http.Headers;

namespace KvStore.Api.Http;

/// <summary>
/// Entity tags (RFC 9110 section 8.8.3): a key's revision in quotes, <c>"7"</c>, or <c>"7-json"</c> where the value is sent as a
/// JSON string.
/// </summary>
internal static class EntityTags
{
    private const string JsonSuffix = "-json";
    private const int MaxCached = 16_384;

    // Hot keys are read again and again at one revision, so most tags are a string already made. A slot may be overwritten at
    // any time by another thread, with another whole string; the text is compared, so that does no harm.
    private static readonly string?[] Cached = new string?[MaxCached];

    /// <summary>The tag of a value sent as it is.</summary>
    public static string Of(long revision)
    {
        Span<byte> text = stackalloc byte[24];
        text[0] = (byte)'"';
        Utf8Formatter.TryFormat(revision, text[1..], out var digits);
        text[digits + 1] = (byte)'"';
        text = text[..(digits + 2)];

        ref var cached = ref Cached[revision & (MaxCached - 1)];
        if (cached is { } tag && Ascii.Equals(tag, text))
        {
            return tag;
        }

        return cached = Encoding.ASCII.GetString(text);
    }

    /// <summary>The tag of a value sent as a JSON string.</summary>
    public static string OfJson(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}{JsonSuffix}\"");

    /// <summary>Whether If-None-Match of a read names <paramref name="tag"/> (weak comparison), or any tag.</summary>
    public static bool NoneMatchNames(HttpRequest request, string tag) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var tags)
        && tags.Any(candidate => candidate.Tag == "*" || candidate.Tag == tag);

    /// <summary>Reads If-Match and If-None-Match of a write as a condition.</summary>
    /// <returns>Null, or what is wrong with the headers.</returns>
    public static Problem? ReadCondition(HttpRequest request, out WriteCondition condition)
    {
        condition = WriteCondition.None;
        var ifMatch = request.Headers.IfMatch;
        var ifNoneMatch = request.Headers.IfNoneMatch;
        if (ifMatch.Count == 0 && ifNoneMatch.Count == 0)
        {
            return null;
        }

        if (ifMatch.Count != 0 && ifNoneMatch.Count != 0)
        {
            return Problem.MalformedRequest("Send If-Match or If-None-Match, not both.");
        }

        // An empty header is a client's mistake, and must not make its write an unconditional one.
        var isMatch = ifMatch.Count != 0;
        if (!EntityTagHeaderValue.TryParseStrictList(isMatch ? ifMatch : ifNoneMatch, out var tags))
        {
            return Problem.MalformedRequest(
                $"{(isMatch ? "If-Match" : "If-None-Match")} must be * or entity tags in quotes, such as \"7\".");
        }

        condition = (isMatch, tags.Any(tag => tag.Tag == "*")) switch
        {
            (true, true) => WriteCondition.Exists,
            (false, true) => WriteCondition.Absent,
            (true, false) => WriteCondition.IsAnyOf([.. tags.Where(tag => !tag.IsWeak).Select(Revision)]),
            (false, false) => WriteCondition.IsNoneOf([.. tags.Select(Revision)]),
        };
        return null;
    }

    /// <summary>The revision that a tag names in either form; -1, which no key has, for a tag not of ours.</summary>
    private static long Revision(EntityTagHeaderValue tag)
    {
        var text = tag.Tag.AsSpan().Trim('"');
        text = text.EndsWith(JsonSuffix) ? text[..^JsonSuffix.Length] : text;
        return !text.StartsWith('0') && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : -1;
    }
}
