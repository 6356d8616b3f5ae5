using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Api.Http;

/// <summary>
/// The request target as the client sent it (RFC 9112 section 3.2): the framework's own path has already been decoded, and
/// decoded so that <c>a%2Fb</c> and <c>a%252Fb</c> become one.
/// </summary>
internal static class RawTarget
{
    /// <summary>The path of the raw target, still encoded: no scheme and host (absolute form), no query.</summary>
    public static ReadOnlySpan<char> Path(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var query = target.IndexOf('?');
        target = query < 0 ? target : target[..query];
        if (!target.StartsWith('/'))
        {
            var authority = target.IndexOf("://");
            target = authority < 0 ? [] : target[(authority + 3)..];

            // A fragment may follow the host at once: a slash in it begins no path.
            var path = target.IndexOfAny('/', '#');
            target = path < 0 ? [] : target[path..];
        }

        return target;
    }

    /// <summary>Percent-decodes <paramref name="encoded"/> exactly once, into UTF-8.</summary>
    /// <param name="encoded">Part of a request target.</param>
    /// <param name="destination">Receives the bytes; needs at most as many as there are characters.</param>
    /// <param name="isQuery">Whether <c>+</c> stands for a space, as in a query or a form.</param>
    /// <param name="written">The number of bytes decoded.</param>
    public static DecodeStatus Decode(
        ReadOnlySpan<char> encoded, Span<byte> destination, bool isQuery, out int written)
    {
        if (!isQuery
            && !encoded.Contains('%')
            && Ascii.FromUtf16(encoded, destination, out written) == OperationStatus.Done)
        {
            return DecodeStatus.Ok;
        }

        written = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (written == destination.Length)
            {
                return DecodeStatus.TooLong;
            }

            var character = encoded[i];
            if (character == '%')
            {
                var digits = encoded.Slice(i + 1, Math.Min(2, encoded.Length - i - 1));
                if (Convert.FromHexString(digits, destination[written..], out _, out var decoded) != OperationStatus.Done
                    || decoded != 1)
                {
                    return DecodeStatus.Malformed;
                }

                written++;
                i += 2;
            }
            else if (char.IsAscii(character))
            {
                destination[written++] = isQuery && character == '+' ? (byte)' ' : (byte)character;
            }
            else
            {
                return DecodeStatus.Malformed;
            }
        }

        return Utf8.IsValid(destination[..written]) ? DecodeStatus.Ok : DecodeStatus.Malformed;
    }

    /// <summary>Percent-decodes a query or form component exactly once.</summary>
    /// <returns>The UTF-8 bytes, or null where the escapes or the UTF-8 are invalid.</returns>
    public static byte[]? DecodeQuery(ReadOnlySpan<char> encoded)
    {
        using var buffer = new ScratchBuffer(encoded.Length);
        return Decode(encoded, buffer.Memory.Span, isQuery: true, out var written) == DecodeStatus.Ok
            ? buffer.Memory.Span[..written].ToArray()
            : null;
    }
}

/// <summary>How decoding went.</summary>
internal enum DecodeStatus
{
    /// <summary>All of it is decoded.</summary>
    Ok,

    /// <summary>An escape is not two hexadecimal digits, or the result is not UTF-8.</summary>
    Malformed,

    /// <summary>The result does not fit the destination.</summary>
    TooLong,
}
