using System.Buffers;
using System.IO.Compression;

namespace KvStore.Grpc.Protocol;

/// <summary>How messages are compressed: not at all, or by gzip.</summary>
internal static class MessageEncoding
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>What this can read, as a header says it.</summary>
    public const string Accepted = "identity,gzip";

    private const int PieceBytes = 16 * 1_024;

    /// <summary>Whether an <c>grpc-accept-encoding</c> has gzip.</summary>
    public static bool AcceptsGzip(string? accepted)
    {
        var rest = accepted.AsSpan();
        foreach (var part in rest.Split(','))
        {
            if (rest[part].Trim().Equals(Gzip, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Compresses a message.</summary>
    public static ReadOnlyMemory<byte> Compress(ReadOnlySpan<byte> message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(message);
        }

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    /// <summary>Decompresses a message.</summary>
    /// <param name="compressed">What was sent.</param>
    /// <param name="maxBytes">The longest that it may be.</param>
    /// <exception cref="RpcException">It is no gzip, or longer: reading stops there, however much longer.</exception>
    public static ReadOnlySequence<byte> Decompress(in ReadOnlySequence<byte> compressed, int maxBytes)
    {
        var message = new ArrayBufferWriter<byte>();
        using var source = new MemoryStream(compressed.ToArray(), writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        try
        {
            int read;
            while ((read = gzip.Read(message.GetSpan(PieceBytes))) > 0)
            {
                message.Advance(read);
                if (message.WrittenCount > maxBytes)
                {
                    throw MessageFrame.TooLong(maxBytes);
                }
            }
        }
        catch (InvalidDataException)
        {
            throw Damaged();
        }

        // The decoder takes nothing at all for the gzip of nothing.
        return compressed.IsEmpty ? throw Damaged() : new ReadOnlySequence<byte>(message.WrittenMemory);

        static RpcException Damaged() => RpcException.Of(StatusCode.Internal, "A compressed message is not gzip, or is damaged.");
    }
}
