using System.Buffers;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>What a message of many parts takes in memory, by its bytes on the wire: each part becomes objects, many times as long.</summary>
internal static class MessageWeight
{
    // A part's objects and those of its answer: the shortest take some 250 bytes.
    private const int PartBytes = 320;

    // Strings are in UTF-16, and whoever answers may have them in UTF-8 beside.
    private const int ByteBytes = 3;

    /// <summary>Whether messages of a type have parts, any number of them.</summary>
    public static bool HasParts(MessageDescriptor type) => type.Fields.InDeclarationOrder().Any(IsOfParts);

    /// <summary>The bytes that a message takes until it has been answered. Asked before it is parsed: it may be damaged.</summary>
    public static long Of(in ReadOnlySequence<byte> message, MessageDescriptor type)
    {
        var weight = ByteBytes * message.Length;
        var fields = new WireFields(message);
        while (fields.TryNext(out var number, out _))
        {
            if (type.FindFieldByNumber(number) is { } field && IsOfParts(field))
            {
                weight += PartBytes;
            }
        }

        return weight;
    }

    private static bool IsOfParts(FieldDescriptor field) => field is { IsRepeated: true, FieldType: FieldType.Message };
}
