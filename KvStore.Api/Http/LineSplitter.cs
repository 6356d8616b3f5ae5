using System.Buffers;

namespace KvStore.Api.Http;

/// <summary>Splits bytes that come piece by piece into lines. Only a line that goes across pieces is copied.</summary>
/// <remarks>
/// <para>Keeps at most one line, and of one longer than the limit no more than the piece in which that shows: it is given out cut off, and
/// whoever reads it stops there.</para>
/// <para>Not thread safe. A line is good until the next call.</para>
/// </remarks>
internal sealed class LineSplitter(long maxLineBytes)
{
    private readonly ArrayBufferWriter<byte> _carried = new();
    private ReadOnlyMemory<byte> _piece;
    private bool _isCarriedRead;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The number of the line read last, from 1; 0 before the first.</summary>
    public long Number { get; private set; }

    /// <summary>Whether a line is longer than the limit, and so perhaps cut off.</summary>
    public bool IsTooLong(ReadOnlyMemory<byte> line) => line.Length > maxLineBytes;

    /// <summary>Takes the next piece, when all lines of the one before have been read.</summary>
    public void Feed(ReadOnlyMemory<byte> piece) => _piece = piece;

    /// <summary>Reads a line, without its end; false where the rest of it is in the next piece.</summary>
    public bool TryRead(out ReadOnlyMemory<byte> line)
    {
        Forget();
        var end = _piece.Span.IndexOf((byte)'\n');
        line = end < 0 ? _piece : _piece[..end];
        _piece = end < 0 ? default : _piece[(end + 1)..];
        if (end < 0 || _carried.WrittenCount > 0)
        {
            _carried.Write(line.Span);
            line = _carried.WrittenMemory;
            _isCarriedRead = end >= 0 || IsTooLong(line);
            if (!_isCarriedRead)
            {
                return false;
            }
        }

        line = Count(line);
        return true;
    }

    /// <summary>Reads the last line, where it has no end of its own.</summary>
    public bool TryReadLast(out ReadOnlyMemory<byte> line)
    {
        Forget();
        line = _carried.WrittenMemory;
        _isCarriedRead = true;
        if (line.IsEmpty)
        {
            return false;
        }

        line = Count(line);
        return true;
    }

    private ReadOnlyMemory<byte> Count(ReadOnlyMemory<byte> line) =>
        ++Number == 1 && line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;

    private void Forget()
    {
        if (_isCarriedRead)
        {
            _carried.ResetWrittenCount();
            _isCarriedRead = false;
        }
    }
}
