using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Loader;

/// <summary>One connection that stores its part of the keys.</summary>
internal static class Connection
{
    // Enough that neither side waits for the other; requests and answers both fit what the sockets hold.
    private const int RequestsAtOnce = 64;

    /// <summary>Stores the keys from number <paramref name="first"/> to before <paramref name="end"/>, and sees every answer.</summary>
    public static async Task LoadAsync(int port, ILoadProtocol protocol, long first, long end)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var requests = new ArrayBufferWriter<byte>();
        var answers = new byte[64 * 1_024];
        while (first < end)
        {
            requests.ResetWrittenCount();
            var sent = 0;
            for (; sent < RequestsAtOnce && first < end; sent++)
            {
                var count = (int)Math.Min(protocol.KeysOfRequest, end - first);
                protocol.WriteRequest(requests, first, count);
                first += count;
            }

            await SendAsync(socket, requests.WrittenMemory);
            await ReceiveAsync(socket, protocol, answers, sent);
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static async Task ReceiveAsync(Socket socket, ILoadProtocol protocol, byte[] buffer, int outstanding)
    {
        var held = 0;
        while (outstanding > 0)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(held));
            if (received == 0)
            {
                throw new InvalidDataException($"connection closed with {outstanding} answers outstanding");
            }

            held += received;
            var read = 0;
            while (outstanding > 0 && protocol.ReadAnswer(buffer.AsSpan(read, held - read)) is > 0 and var length)
            {
                read += length;
                outstanding--;
            }

            buffer.AsSpan(read, held - read).CopyTo(buffer);
            held -= read;
        }

        if (held > 0)
        {
            throw new InvalidDataException("more was answered than was asked");
        }
    }
}
