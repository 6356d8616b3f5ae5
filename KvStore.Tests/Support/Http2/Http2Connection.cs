using System.Net.Sockets;
using System.Text;

namespace KvStore.Tests.Support.Http2;

/// <summary>A connection to the service over which any frames of HTTP/2 at all are sent. For one thread.</summary>
internal sealed class Http2Connection : IDisposable
{
    public const ushort HeaderTableSize = 1, InitialWindowSize = 4;
    public const uint NoError = 0, ProtocolError = 1, Cancel = 8, EnhanceYourCalm = 11;

    private const int MaxFrameBytes = 16_384;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new();
    private readonly NetworkStream _stream;
    private readonly Dictionary<int, Http2Answer> _answers = [];
    private readonly Dictionary<int, long> _windows = [];
    private long _window = 65_535;
    private long _initialWindow = 65_535;
    private int _lastStream = -1;
    private uint? _goAway;

    /// <summary>Connects, and says hello with settings.</summary>
    public Http2Connection(Uri address, params (ushort Name, uint Value)[] settings)
    {
        _client.Connect(address.Host, address.Port);
        _stream = _client.GetStream();
        _stream.ReadTimeout = (int)Patience.TotalMilliseconds;
        SendBytes(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        Send(FrameType.Settings, 0, 0, Http2Frame.SettingsOf([(HeaderTableSize, 0), .. settings]));
    }

    /// <summary>Whether the server may send again as much as has been read.</summary>
    public bool GivesWindow { get; set; } = true;

    /// <summary>How many pings were answered.</summary>
    public int Pongs { get; private set; }

    /// <summary>Sends a frame.</summary>
    public void Send(FrameType type, byte flags, int stream, byte[] payload) => SendBytes(new Http2Frame(type, flags, stream, payload).ToBytes());

    /// <summary>Sends any bytes; the service may have hung up already.</summary>
    public void SendBytes(byte[] bytes)
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

    /// <summary>Begins a request.</summary>
    /// <returns>Its stream.</returns>
    public int Open(IEnumerable<(string Name, string Value)> headers, bool isEnd = false)
    {
        _lastStream += 2;
        _answers[_lastStream] = new Http2Answer();
        _windows[_lastStream] = _initialWindow;
        var block = HeaderBlock.Encode(headers);
        var end = isEnd ? Http2Frame.EndStream : (byte)0;
        if (block.Length <= MaxFrameBytes)
        {
            Send(FrameType.Headers, (byte)(Http2Frame.EndHeaders | end), _lastStream, block);
            return _lastStream;
        }

        Send(FrameType.Headers, end, _lastStream, block[..MaxFrameBytes]);
        for (var at = MaxFrameBytes; at < block.Length; at += MaxFrameBytes)
        {
            var isLast = at + MaxFrameBytes >= block.Length;
            Send(FrameType.Continuation, isLast ? Http2Frame.EndHeaders : (byte)0, _lastStream, block[at..Math.Min(at + MaxFrameBytes, block.Length)]);
        }

        return _lastStream;
    }

    /// <summary>Sends data as the server gives room for it; stops where it has ended the stream.</summary>
    public void SendData(int stream, byte[] data, bool isEnd = true)
    {
        for (var at = 0; at < data.Length || isEnd;)
        {
            var room = (int)Math.Min(Math.Min(_window, _windows[stream]), Math.Min(MaxFrameBytes, data.Length - at));
            var answer = _answers[stream];
            if (answer.Reset is not null || answer.IsEnded)
            {
                return;
            }

            if (room == 0 && at < data.Length)
            {
                if (!ReadFrame())
                {
                    return;
                }

                continue;
            }

            var isLast = isEnd && at + room == data.Length;
            Send(FrameType.Data, isLast ? Http2Frame.EndStream : (byte)0, stream, data[at..(at + room)]);
            (_window, _windows[stream], at) = (_window - room, _windows[stream] - room, at + room);
            if (isLast)
            {
                return;
            }
        }
    }

    /// <summary>Makes a call of <paramref name="data"/> and reads what is answered.</summary>
    public Http2Answer Call(IEnumerable<(string Name, string Value)> headers, byte[] data)
    {
        var stream = Open(headers);
        SendData(stream, data);
        return Read(stream);
    }

    /// <summary>Takes back a request.</summary>
    public void Reset(int stream) => Send(FrameType.ResetStream, 0, stream, Http2Frame.NumberOf(Cancel));

    /// <summary>Lets the server send more.</summary>
    public void GiveWindow(int stream, uint bytes) => Send(FrameType.WindowUpdate, 0, stream, Http2Frame.NumberOf(bytes));

    /// <summary>Reads until a stream has ended, or the connection has.</summary>
    public Http2Answer Read(int stream) => ReadUntil(stream, answer => answer.IsEnded || answer.Reset is not null);

    /// <summary>Reads until <paramref name="isSeen"/> of what has come on a stream, or until the connection has ended.</summary>
    public Http2Answer ReadUntil(int stream, Func<Http2Answer, bool> isSeen)
    {
        var answer = _answers[stream];
        while (!isSeen(answer) && !answer.IsCut)
        {
            answer.IsCut = !ReadFrame();
        }

        answer.GoAway = _goAway;
        return answer;
    }

    /// <summary>Reads until the server ends the connection.</summary>
    /// <returns>Why it did; null where it did not say.</returns>
    public uint? ReadToEnd()
    {
        while (ReadFrame())
        {
        }

        return _goAway;
    }

    /// <summary>Asks for a sign of life, and waits for it.</summary>
    /// <returns>Whether it came.</returns>
    public bool Ping()
    {
        Send(FrameType.Ping, 0, 0, new byte[8]);
        for (var pongs = Pongs; pongs == Pongs;)
        {
            if (!ReadFrame())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends the connection in the middle of whatever it is in.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Reads a frame and does what it asks; false where the connection has ended.</summary>
    public bool ReadFrame()
    {
        Http2Frame? frame;
        try
        {
            frame = Http2Frame.Read(_stream);
        }
        catch (IOException exception) when (exception.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return false;
        }

        if (frame is null)
        {
            return false;
        }

        if (frame.Stream == 0)
        {
            TakeOfConnection(frame);
        }
        else if (_answers.TryGetValue(frame.Stream, out var answer))
        {
            TakeOfStream(frame, answer);
        }

        return true;
    }

    private void TakeOfConnection(Http2Frame frame)
    {
        switch (frame.Type)
        {
            case FrameType.Settings when !frame.Has(Http2Frame.Ack):
                TakeSettings(frame.Payload);
                Send(FrameType.Settings, Http2Frame.Ack, 0, []);
                break;
            case FrameType.Ping when frame.Has(Http2Frame.Ack):
                Pongs++;
                break;
            case FrameType.Ping:
                Send(FrameType.Ping, Http2Frame.Ack, 0, frame.Payload);
                break;
            case FrameType.WindowUpdate:
                _window += frame.Number;
                break;
            case FrameType.GoAway:
                _goAway = new Http2Frame(frame.Type, 0, 0, frame.Payload[4..8]).Number;
                break;
        }
    }

    private void TakeSettings(byte[] payload)
    {
        for (var at = 0; at < payload.Length; at += 6)
        {
            if (payload[at] == 0 && payload[at + 1] == InitialWindowSize)
            {
                var size = new Http2Frame(FrameType.Settings, 0, 0, payload[(at + 2)..(at + 6)]).Number;
                foreach (var stream in _windows.Keys)
                {
                    _windows[stream] += size - _initialWindow;
                }

                _initialWindow = size;
            }
        }
    }

    private void TakeOfStream(Http2Frame frame, Http2Answer answer)
    {
        switch (frame.Type)
        {
            case FrameType.Headers:
                var fields = answer.Headers.Count == 0 ? answer.Headers : answer.Trailers;
                foreach (var (name, value) in HeaderBlock.Decode(frame.Payload))
                {
                    fields[name] = value;
                }

                break;
            case FrameType.Data:
                answer.Data.AddRange(frame.Payload);
                if (GivesWindow && frame.Payload.Length > 0)
                {
                    GiveWindow(0, (uint)frame.Payload.Length);
                    GiveWindow(frame.Stream, (uint)frame.Payload.Length);
                }

                break;
            case FrameType.WindowUpdate:
                _windows[frame.Stream] += frame.Number;
                break;
            case FrameType.ResetStream:
                answer.Reset = frame.Number;
                break;
        }

        answer.IsEnded |= frame.Type is FrameType.Headers or FrameType.Data && frame.Has(Http2Frame.EndStream);
    }
}
