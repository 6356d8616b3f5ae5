using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;

namespace KvStore.Tests.Support.Http2;

/// <summary>What has come on one stream.</summary>
internal sealed class Http2Answer
{
    /// <summary>The headers, :status among them.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.Ordinal);

    /// <summary>What came behind the data; empty where all came before it.</summary>
    public Dictionary<string, string> Trailers { get; } = new(StringComparer.Ordinal);

    /// <summary>The data.</summary>
    public List<byte> Data { get; } = [];

    /// <summary>Whether the server has ended the stream as it should.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The code with which it was reset, by the server; null where it was not.</summary>
    public uint? Reset { get; set; }

    /// <summary>The code with which the whole connection was ended; null where it was not.</summary>
    public uint? GoAway { get; set; }

    /// <summary>Whether the connection ended before the stream.</summary>
    public bool IsCut { get; set; }

    /// <summary>The status of HTTP; 0 where there is none.</summary>
    public int HttpStatus => Headers.TryGetValue(":status", out var status) ? int.Parse(status, CultureInfo.InvariantCulture) : 0;

    /// <summary>The status of gRPC; null where there is none.</summary>
    public int? Status => Ending("grpc-status") is { } status ? int.Parse(status, CultureInfo.InvariantCulture) : null;

    /// <summary>What gRPC says of it.</summary>
    public string? Message => Ending("grpc-message");

    /// <summary>The whole messages that came, as they are on the wire: with what the byte before each says, and their bytes.</summary>
    public IEnumerable<(byte Flag, byte[] Bytes)> Messages
    {
        get
        {
            var data = Data.ToArray();
            for (var at = 0; at + 5 <= data.Length;)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at + 1));
                yield return (data[at], data[(at + 5)..(at + 5 + length)]);
                at += 5 + length;
            }
        }
    }

    /// <summary>The first message.</summary>
    public T Read<T>()
        where T : IMessage<T>, new() => new MessageParser<T>(() => new T()).ParseFrom(Messages.First().Bytes);

    /// <summary>A trailer, or, where all came in the headers, a header.</summary>
    public string? Ending(string name) => Trailers.GetValueOrDefault(name) ?? (Trailers.Count == 0 ? Headers.GetValueOrDefault(name) : null);
}
