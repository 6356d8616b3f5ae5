using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace KvStore.Grpc.Protocol;

/// <summary>A message on the wire: a byte that says whether it is compressed, its length in four bytes (big-endian), and the message
/// (PROTOCOL-HTTP2.md, Length-Prefixed-Message).</summary>
internal static class MessageFrame
{
    public const int HeaderBytes = 5;

    // With its header a piece of what Kestrel writes to.
    private const int ShortBytes = 4_000;

    /// <summary>Writes a message.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="message">The message.</param>
    /// <param name="isGzip">Whether to compress it, where that makes it shorter.</param>
    public static void Write(IBufferWriter<byte> output, IMessage message, bool isGzip) =>
        Write(output, message, message.CalculateSize(), isGzip);

    /// <summary>Writes a message whose length is known.</summary>
    public static void Write(IBufferWriter<byte> output, IMessage message, int length, bool isGzip)
    {
        if (isGzip && TryWriteCompressed(output, message, length))
        {
            return;
        }

        if (length < ShortBytes)
        {
            // Each turn with the output costs Kestrel a lock.
            var room = output.GetSpan(HeaderBytes + length);
            SetHeader(room, isCompressed: false, length);
            message.WriteTo(room.Slice(HeaderBytes, length));
            output.Advance(HeaderBytes + length);
            return;
        }

        WriteHeader(output, isCompressed: false, length);
        message.WriteTo(output);
    }

    /// <summary>Takes a whole message off the front of what was received; false where there is none yet.</summary>
    /// <param name="received">What was received, and then what is left of it.</param>
    /// <param name="isGzip">Whether compressed messages were announced.</param>
    /// <param name="maxBytes">The longest that one may be, compressed or not.</param>
    /// <param name="payload">The message, decompressed.</param>
    /// <exception cref="RpcException">What was received breaks the protocol, or the message is too long.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> received, bool isGzip, int maxBytes, out ReadOnlySequence<byte> payload)
    {
        payload = default;
        if (received.Length < HeaderBytes)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        received.Slice(0, HeaderBytes).CopyTo(header);
        var length = Check(header, isGzip, maxBytes);
        if (received.Length < HeaderBytes + (long)length)
        {
            return false;
        }

        payload = received.Slice(HeaderBytes, length);
        received = received.Slice(payload.End);
        if (header[0] == 1)
        {
            payload = MessageEncoding.Decompress(payload, maxBytes);
        }

        return true;
    }

    /// <summary>What is thrown for a message that is too long.</summary>
    public static RpcException TooLong(int maxBytes) => RpcException.Of(
        StatusCode.ResourceExhausted,
        string.Create(CultureInfo.InvariantCulture, $"A message is longer than {maxBytes} bytes."));

    private static int Check(ReadOnlySpan<byte> header, bool isGzip, int maxBytes)
    {
        if (header[0] > 1)
        {
            throw RpcException.Of(StatusCode.Internal, "A message's first byte must be 0 or 1.");
        }

        if (header[0] == 1 && !isGzip)
        {
            throw RpcException.Of(StatusCode.Internal, "A message is compressed, and grpc-encoding does not say how.");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= (uint)maxBytes ? (int)length : throw TooLong(maxBytes);
    }

    private static bool TryWriteCompressed(IBufferWriter<byte> output, IMessage message, int length)
    {
        var compressed = MessageEncoding.Compress(message.ToByteArray());
        if (compressed.Length >= length)
        {
            return false;
        }

        WriteHeader(output, isCompressed: true, compressed.Length);
        output.Write(compressed.Span);
        return true;
    }

    private static void WriteHeader(IBufferWriter<byte> output, bool isCompressed, int length)
    {
        SetHeader(output.GetSpan(HeaderBytes), isCompressed, length);
        output.Advance(HeaderBytes);
    }

    private static void SetHeader(Span<byte> header, bool isCompressed, int length)
    {
        header[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)length);
    }
}
