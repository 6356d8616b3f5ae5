namespace Watchers;

/// <summary>Takes a chunked body out of its frame (RFC 9112, section 7.1), wherever the pieces that arrive were cut.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class ChunkDecoder
{
    private int _left;
    private int _size;
    private bool _hasDigits;

    /// <summary>Whether the last chunk has been read.</summary>
    public bool IsEnd { get; private set; }

    /// <summary>Moves what <paramref name="bytes"/> hold of the body to their beginning.</summary>
    /// <returns>The body's bytes.</returns>
    /// <exception cref="InvalidDataException">These are no chunks.</exception>
    public int Decode(Span<byte> bytes)
    {
        var written = 0;
        for (var read = 0; read < bytes.Length;)
        {
            if (_left == 0)
            {
                ReadFrame(bytes[read++]);
                continue;
            }

            var length = Math.Min(_left, bytes.Length - read);
            bytes.Slice(read, length).CopyTo(bytes[written..]);
            (read, written, _left) = (read + length, written + length, _left - length);
        }

        return written;
    }

    /// <summary>Reads a byte between two chunks: a line end that closes the one, or the next one's size and the line end after it.</summary>
    private void ReadFrame(byte next)
    {
        if (char.IsAsciiHexDigit((char)next))
        {
            (_size, _hasDigits) = ((_size << 4) | HexOf(next), true);
        }
        else if (next == '\n' && _hasDigits)
        {
            (_left, IsEnd, _size, _hasDigits) = (_size, _size == 0, 0, false);
        }
        else if (next is not ((byte)'\r' or (byte)'\n'))
        {
            throw new InvalidDataException($"byte {next} is in no chunk");
        }
    }

    private static int HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
