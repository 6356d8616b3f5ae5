using System.Text;

namespace KvStore.Tests.Support.Http2;

/// <summary>Fields of HTTP/2 headers as HPACK has them (RFC 7541): written as literals alone, and read without a dynamic table or Huffman
/// codes, neither of which Kestrel uses where it is told so.</summary>
internal static class HeaderBlock
{
    private const byte Indexed = 0x80, WithIndexing = 0x40, TableSize = 0x20;

    // Appendix A, "name" or "name value", from index 1.
    private static readonly string[] StaticTable =
    [
        ":authority", ":method GET", ":method POST", ":path /", ":path /index.html", ":scheme http", ":scheme https", ":status 200",
        ":status 204", ":status 206", ":status 304", ":status 400", ":status 404", ":status 500", "accept-charset",
        "accept-encoding gzip, deflate", "accept-language", "accept-ranges", "accept", "access-control-allow-origin", "age", "allow",
        "authorization", "cache-control", "content-disposition", "content-encoding", "content-language", "content-length",
        "content-location", "content-range", "content-type", "cookie", "date", "etag", "expect", "expires", "from", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards",
        "proxy-authenticate", "proxy-authorization", "range", "referer", "refresh", "retry-after", "server", "set-cookie",
        "strict-transport-security", "transfer-encoding", "user-agent", "vary", "via", "www-authenticate",
    ];

    /// <summary>Writes fields.</summary>
    public static byte[] Encode(IEnumerable<(string Name, string Value)> fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            block.Add(0);
            AddText(block, name);
            AddText(block, value);
        }

        return [.. block];
    }

    /// <summary>Reads fields.</summary>
    public static IEnumerable<(string Name, string Value)> Decode(byte[] block)
    {
        for (var at = 0; at < block.Length;)
        {
            var first = block[at];
            if (first >= Indexed)
            {
                yield return Static(ReadNumber(block, ref at, prefixBits: 7));
            }
            else if (first is >= TableSize and < WithIndexing)
            {
                ReadNumber(block, ref at, prefixBits: 5);
            }
            else
            {
                var index = ReadNumber(block, ref at, prefixBits: first >= WithIndexing ? 6 : 4);
                var name = index == 0 ? ReadText(block, ref at) : Static(index).Name;
                yield return (name, ReadText(block, ref at));
            }
        }
    }

    private static (string Name, string Value) Static(int index)
    {
        var field = StaticTable[index - 1].Split(' ', 2);
        return (field[0], field.ElementAtOrDefault(1) ?? "");
    }

    private static void AddText(List<byte> block, string text)
    {
        AddLength(block, text.Length);
        block.AddRange(Encoding.Latin1.GetBytes(text));
    }

    private static void AddLength(List<byte> block, int length)
    {
        const int Prefix = 0x7F;
        if (length < Prefix)
        {
            block.Add((byte)length);
            return;
        }

        block.Add(Prefix);
        for (length -= Prefix; length >= 0x80; length >>= 7)
        {
            block.Add((byte)(length | 0x80));
        }

        block.Add((byte)length);
    }

    private static string ReadText(byte[] block, ref int at)
    {
        if (block[at] >= 0x80)
        {
            throw new NotSupportedException("Huffman codes are not read here.");
        }

        var length = ReadNumber(block, ref at, prefixBits: 7);
        var text = Encoding.Latin1.GetString(block, at, length);
        at += length;
        return text;
    }

    private static int ReadNumber(byte[] block, ref int at, int prefixBits)
    {
        var prefix = (1 << prefixBits) - 1;
        var number = block[at++] & prefix;
        for (var shift = 0; number >= prefix; shift += 7)
        {
            var next = block[at++];
            number += (next & 0x7F) << shift;
            if (next < 0x80)
            {
                break;
            }
        }

        return number;
    }
}
