using System.Buffers.Binary;

namespace KvStore.Tests.Support.Http2;

/// <summary>What a frame is (RFC 9113, section 6).</summary>
internal enum FrameType
{
    Data = 0,
    Headers = 1,
    Priority = 2,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>A frame as it is on the wire.</summary>
internal sealed record Http2Frame(FrameType Type, byte Flags, int Stream, byte[] Payload)
{
    public const int HeaderBytes = 9;

    public const byte EndStream = 1, Ack = 1, EndHeaders = 4;

    /// <summary>The number that the payload begins with.</summary>
    public uint Number => BinaryPrimitives.ReadUInt32BigEndian(Payload);

    public bool Has(byte flag) => (Flags & flag) != 0;

    public byte[] ToBytes()
    {
        var bytes = new byte[HeaderBytes + Payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, Payload.Length << 8 | (int)Type);
        bytes[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Stream);
        Payload.CopyTo(bytes, HeaderBytes);
        return bytes;
    }

    /// <summary>Reads a frame; null where the connection has ended.</summary>
    public static Http2Frame? Read(Stream source)
    {
        var header = new byte[HeaderBytes];
        if (source.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return null;
        }

        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
        return source.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false) < payload.Length
            ? null
            : new Http2Frame((FrameType)header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)) & int.MaxValue, payload);
    }

    /// <summary>A payload of one number, as that of a window's update or of a reset.</summary>
    public static byte[] NumberOf(uint number)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, number);
        return payload;
    }

    /// <summary>A payload of settings.</summary>
    public static byte[] SettingsOf(params (ushort Name, uint Value)[] settings)
    {
        var payload = new byte[6 * settings.Length];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(6 * i), settings[i].Name);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((6 * i) + 2), settings[i].Value);
        }

        return payload;
    }
}
