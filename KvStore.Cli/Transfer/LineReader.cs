using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;

namespace KvStore.Cli.Transfer;

/// <summary>Reads lines of a stream, one at a time and no more of it than that.</summary>
/// <remarks>Not thread safe. A line is good until the next call.</remarks>
internal sealed class LineReader(Stream input, int maxLineBytes = LineReader.DefaultMaxLineBytes)
{
    /// <summary>Longer than the line of any value that a server can be set to take, whether text or Base64.</summary>
    private const int DefaultMaxLineBytes = 256 * 1_024 * 1_024;

    private const int PieceBytes = 64 * 1_024;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly PipeReader _pipe = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: PieceBytes, leaveOpen: true));
    private SequencePosition? _end;

    // How much of what has been read has no line's end in it: a long line is not searched again with every piece of it.
    private long _searched;

    /// <summary>The number of the line read last, from 1; 0 before the first.</summary>
    public long Number { get; private set; }

    /// <summary>How many bytes the lines read so far have.</summary>
    public long Bytes { get; private set; }

    /// <summary>Reads the next line, without its end; null after the last.</summary>
    /// <exception cref="FormatException">It is too long; nothing is to be read after it.</exception>
    public async ValueTask<ReadOnlySequence<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_end is { } end)
        {
            _pipe.AdvanceTo(end);
            _end = null;
        }

        while (true)
        {
            var read = await _pipe.ReadAsync(cancellationToken);
            if (TryTake(read, out var line))
            {
                return line;
            }

            if (read.IsCompleted)
            {
                return null;
            }

            if (read.Buffer.Length > maxLineBytes)
            {
                Number++;
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"is longer than {maxLineBytes} bytes"));
            }

            _searched = read.Buffer.Length;
            _pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private bool TryTake(in ReadResult read, out ReadOnlySequence<byte> line)
    {
        line = read.Buffer;
        if (read.Buffer.Slice(_searched).PositionOf((byte)'\n') is { } position)
        {
            line = read.Buffer.Slice(0, position);
            _end = read.Buffer.GetPosition(1, position);
        }
        else if (read.IsCompleted && !read.Buffer.IsEmpty)
        {
            _end = read.Buffer.End;
        }
        else
        {
            return false;
        }

        _searched = 0;
        Bytes += line.Length + 1;
        Number++;
        line = Number == 1 ? WithoutByteOrderMark(line) : line;
        return true;
    }

    private static ReadOnlySequence<byte> WithoutByteOrderMark(in ReadOnlySequence<byte> line) =>
        line.Length >= ByteOrderMark.Length && line.Slice(0, ByteOrderMark.Length).ToArray().AsSpan().SequenceEqual(ByteOrderMark)
            ? line.Slice(ByteOrderMark.Length)
            : line;
}
