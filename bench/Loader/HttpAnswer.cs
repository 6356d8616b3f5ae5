using System.Buffers.Text;

namespace Loader;

/// <summary>An answer of HTTP/1.1 whose length is told beforehand.</summary>
internal static class HttpAnswer
{
    /// <summary>The length of the first answer in <paramref name="received"/>; 0 if it is not all there.</summary>
    /// <exception cref="InvalidDataException">Its status is another, or it has no length.</exception>
    public static int Read(ReadOnlySpan<byte> received, ReadOnlySpan<byte> status, out ReadOnlySpan<byte> body)
    {
        body = default;
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return 0;
        }

        var field = received[..head].IndexOf("\r\nContent-Length: "u8);
        if (!received.StartsWith(status) || field < 0 || !Utf8Parser.TryParse(received[(field + 18)..], out int length, out _))
        {
            throw Entries.Unexpected(received);
        }

        var end = head + 4 + length;
        if (received.Length < end)
        {
            return 0;
        }

        body = received[(head + 4)..end];
        return end;
    }
}
