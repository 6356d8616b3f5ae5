using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace KvStore.Tests.Support;

/// <summary>A socket to the service that sends any bytes at all, and reads what comes back.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new();
    private readonly NetworkStream _stream;

    public RawConnection(Uri address)
    {
        _client.Connect(address.Host, address.Port);
        _stream = _client.GetStream();
        _stream.ReadTimeout = (int)Patience.TotalMilliseconds;
    }

    /// <summary>Sends one request on a connection of its own and reads the answer.</summary>
    public static RawAnswer Exchange(Uri address, string request) => Exchange(address, Encoding.Latin1.GetBytes(request));

    /// <summary>Sends one request on a connection of its own and reads the answer.</summary>
    public static RawAnswer Exchange(Uri address, byte[] request)
    {
        using var connection = new RawConnection(address);
        connection.Send(request);
        return connection.Read();
    }

    /// <summary>Sends bytes, given as text of which each character is one.</summary>
    public void Send(string text) => Send(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends bytes; the service may have hung up already.</summary>
    public void Send(byte[] bytes)
    {
        try
        {
            _stream.Write(bytes);
        }
        catch (IOException)
        {
            // What it answered before hanging up is still to be read.
        }
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void EndSending()
    {
        try
        {
            _client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The service has hung up already.
        }
    }

    /// <summary>Reads one answer; status 0 where the connection ends without one.</summary>
    public RawAnswer Read()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var next = ReadByte();
            if (next < 0)
            {
                return new RawAnswer(0, head.ToString(), []);
            }

            head.Append((char)next);
        }

        var answer = new RawAnswer(int.Parse(head.ToString().Split(' ')[1], CultureInfo.InvariantCulture), head.ToString(), []);
        var body = new byte[int.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture)];
        _stream.ReadExactly(body);
        return answer with { Bytes = body };
    }

    /// <summary>Reads until it has read <paramref name="end"/>, as text of which each character is a byte; or to the end.</summary>
    public string ReadUntil(string end)
    {
        var text = new StringBuilder();
        int next;
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal) && (next = ReadByte()) >= 0)
        {
            text.Append((char)next);
        }

        return text.ToString();
    }

    /// <summary>
    /// Reads all that comes until the service ends the connection, as text of which each character is a byte. When nothing has come
    /// for the time given, the service is told that nothing more will be sent.
    /// </summary>
    public string ReadToEnd(TimeSpan silence)
    {
        var all = new StringBuilder();
        var buffer = new byte[16_384];
        try
        {
            int length;
            while ((length = ReadOrEndSending(buffer, silence)) > 0)
            {
                all.Append(Encoding.Latin1.GetString(buffer, 0, length));
            }
        }
        catch (IOException exception) when (IsReset(exception))
        {
            // It has ended.
        }

        return all.ToString();
    }

    public void Dispose() => _client.Dispose();

    /// <summary>Reads one byte; -1 where the connection has ended.</summary>
    public int ReadByte()
    {
        try
        {
            return _stream.ReadByte();
        }
        catch (IOException exception) when (IsReset(exception))
        {
            return -1;
        }
    }

    private int ReadOrEndSending(byte[] buffer, TimeSpan silence)
    {
        if (!_client.Client.Poll(silence, SelectMode.SelectRead))
        {
            EndSending();
        }

        return _stream.Read(buffer);
    }

    private static bool IsReset(IOException exception) =>
        exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset };
}

/// <summary>An answer as it came.</summary>
internal sealed record RawAnswer(int Status, string Head, byte[] Bytes)
{
    /// <summary>The body as text.</summary>
    public string Body => Encoding.UTF8.GetString(Bytes);

    /// <summary>The problem's code; null where the body is none.</summary>
    public string? Code => Body.StartsWith('{') && JsonDocument.Parse(Body).RootElement.TryGetProperty("code", out var code)
        ? code.GetString()
        : null;

    /// <summary>The value of a header; null where there is none.</summary>
    public string? Header(string name) => Head.Split("\r\n")
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();
}
