using System.Buffers;

namespace Loader;

/// <summary>What would be sent, as a file for others to send.</summary>
internal static class DumpFile
{
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Writes the requests for all keys, one after the other.</summary>
    public static void Write(string path, ILoadProtocol protocol, long count)
    {
        using var file = File.Create(path);
        var piece = new ArrayBufferWriter<byte>(2 * PieceBytes);
        for (var i = 0L; i < count; i++)
        {
            protocol.WriteRequest(piece, i, 1);
            if (piece.WrittenCount >= PieceBytes || i == count - 1)
            {
                file.Write(piece.WrittenSpan);
                piece.ResetWrittenCount();
            }
        }
    }
}

/// <summary>A line of <c>POST /import</c>.</summary>
internal sealed class NdjsonLine(KeyShape keys) : ILoadProtocol
{
    /// <inheritdoc/>
    public int KeysOfRequest => 1;

    /// <inheritdoc/>
    public void WriteRequest(IBufferWriter<byte> output, long first, int count)
    {
        output.Write("{\"key\":\""u8);
        output.Advance(keys.Write(first, output.GetSpan(KeyShape.MaxBytes)));
        output.Write("\",\"value\":\""u8);
        Entries.WriteValue(first, output.GetSpan(Entries.ValueBytes));
        output.Advance(Entries.ValueBytes);
        output.Write("\"}\n"u8);
    }

    /// <inheritdoc/>
    public int ReadAnswer(ReadOnlySpan<byte> received) => throw new NotSupportedException("a line has no answer of its own");
}
