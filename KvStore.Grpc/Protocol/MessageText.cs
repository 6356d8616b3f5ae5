using System.Text;

namespace KvStore.Grpc.Protocol;

/// <summary>The text of a <c>grpc-message</c>: UTF-8, with everything but printable ASCII, and the percent sign, percent-encoded
/// (PROTOCOL-HTTP2.md, Status-Message).</summary>
internal static class MessageText
{
    /// <summary>Encodes a text.</summary>
    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append('%').Append(Convert.ToHexString([b]));
            }
        }

        return encoded.ToString();
    }

    /// <summary>Decodes a text; what is not encoded right stays as it is, as the protocol asks.</summary>
    public static string Decode(string text) =>
        text.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(text) : text;
}
