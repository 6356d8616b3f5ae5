using System.Buffers.Binary;
using System.IO.Compression;
using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using GetRequest = KvStore.Grpc.BigTableLite.GetRequest;
using SetRequest = KvStore.Grpc.BigTableLite.SetRequest;

namespace KvStore.Tests.Support.Http2;

/// <summary>What a call is made of, each part of which a test may spoil.</summary>
internal static class GrpcCalls
{
    public const string Get = "/bigtablelite.BigTableLite/Get";
    public const string Set = "/bigtablelite.BigTableLite/Set";

    public const string Subscribe = "/kvstore.KeyValueStore/Subscribe";

    /// <summary>A message of a read, as it goes on the wire.</summary>
    public static byte[] GetOf(string key) => Framed(new GetRequest { Key = key }.ToByteArray());

    /// <summary>A message of a write, as it goes on the wire.</summary>
    public static byte[] SetOf(string key, string value) => Framed(new SetRequest { Key = key, Value = value }.ToByteArray());

    /// <summary>A message that asks for changes of keys with a prefix.</summary>
    public static byte[] SubscribeOf(string prefix) => Framed(new SubscribeRequest { KeyPattern = prefix }.ToByteArray());

    /// <summary>Puts before a message what says whether it is compressed, and a length, its own or another.</summary>
    public static byte[] Framed(byte[] message, byte flag = 0, uint? length = null)
    {
        var framed = new byte[5 + message.Length];
        framed[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), length ?? (uint)message.Length);
        message.CopyTo(framed, 5);
        return framed;
    }

    public static byte[] Gzipped(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }

    public static byte[] Gunzipped(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var message = new MemoryStream();
        gzip.CopyTo(message);
        return message.ToArray();
    }

    /// <summary>The headers of a call, with others in place of or beside the usual ones; one that is null is left out.</summary>
    public static List<(string Name, string Value)> HeadersOf(string path, params (string Name, string? Value)[] others)
    {
        (string Name, string? Value)[] usual =
        [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "localhost"),
            ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", "raw/1.0"),
        ];
        return [.. usual.ExceptBy(others.Select(other => other.Name), field => field.Name, StringComparer.Ordinal)
            .Concat(others)
            .Where(field => field.Value is not null)
            .OrderByDescending(field => field.Name.StartsWith(':'))
            .Select(field => (field.Name, field.Value!))];
    }
}
