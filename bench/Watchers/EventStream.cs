using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Watchers;

/// <summary>One answer of <c>GET /watch</c>, event by event.</summary>
/// <remarks>A socket of its own, and a buffer: what HttpClient would spend on an event is as much as the server does. Not thread safe.</remarks>
internal sealed class EventStream : IEventStream
{
    // What the server sends at once; an event of these benchmarks is a hundredth of it.
    private const int BufferBytes = 32 * 1_024;

    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly ChunkDecoder _chunks = new();
    private int _read;
    private int _held;

    private EventStream()
    {
    }

    /// <summary>Begins to watch.</summary>
    /// <param name="port">The server's port.</param>
    /// <param name="prefix">What the keys begin with, as it is in an address.</param>
    /// <param name="since">The revision after which to resume; null = the present.</param>
    /// <exception cref="InvalidDataException">The server does not answer with events.</exception>
    public static async Task<IEventStream> OpenAsync(int port, string prefix, long? since)
    {
        var stream = new EventStream();
        try
        {
            await stream._socket.ConnectAsync(IPAddress.Loopback, port);
            await stream.AskAsync(prefix, since);
            await stream.ReadHeadAsync();
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_held), cancellationToken);
        _held += _chunks.Decode(_buffer.AsSpan(_held, received));
        return received > 0 && !_chunks.IsEnd;
    }

    /// <inheritdoc/>
    public bool TryRead(out ServerEvent next)
    {
        var text = _buffer.AsSpan(_read.._held);
        var length = text.IndexOf("\n\n"u8);
        next = length < 0 ? default : ServerEvent.Parse(text[..length]);
        _read += length < 0 ? 0 : length + 2;
        return length >= 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task AskAsync(string prefix, long? since)
    {
        var resume = since is { } revision ? string.Create(CultureInfo.InvariantCulture, $"Last-Event-ID: {revision}\r\n") : "";
        var request = Encoding.ASCII.GetBytes($"GET /watch?prefix={prefix} HTTP/1.1\r\nHost: localhost\r\n{resume}\r\n");
        await _socket.SendAsync(request);
    }

    private async Task ReadHeadAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _held).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var received = await _socket.ReceiveAsync(_buffer.AsMemory(_held));
            if (received == 0)
            {
                throw new InvalidDataException("the connection was closed before an answer");
            }

            _held += received;
        }

        var head = _buffer.AsSpan(0, end + 2);
        if (!head.StartsWith("HTTP/1.1 200 "u8) || head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) < 0)
        {
            throw new InvalidDataException($"a watch was answered by: {Encoding.UTF8.GetString(_buffer, 0, _held)}");
        }

        _read = end + 4;
        _held = _read + _chunks.Decode(_buffer.AsSpan(_read.._held));
    }

    private void MakeRoom()
    {
        _buffer.AsSpan(_read.._held).CopyTo(_buffer);
        (_read, _held) = (0, _held - _read);
        if (_held == _buffer.Length)
        {
            throw new InvalidDataException("an event is longer than the buffer");
        }
    }
}
