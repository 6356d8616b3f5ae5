using System.Buffers;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>What a message of many parts takes in memory, by its bytes on the wire: each part becomes objects, many times as long.</summary>
internal static class MessageWeight
{
    /// <summary>What a part takes beside its bytes: its objects, and those of its answer. The shortest take some 400.</summary>
    public const int PartBytes = 512;

    // Strings are in UTF-16, and whoever answers may have them in UTF-8 beside.
    private const int ByteBytes = 3;

    /// <summary>Whether messages of a type have parts, any number of them.</summary>
    public static bool HasParts(MessageDescriptor type) => type.Fields.InDeclarationOrder().Any(IsOfParts);

    /// <summary>The bytes that a message takes until it has been answered.</summary>
    public static long Of(long length, int parts) => (ByteBytes * length) + ((long)PartBytes * parts);

    /// <summary>How many parts a message has. Asked before it is parsed: it may be damaged.</summary>
    public static int CountParts(in ReadOnlySequence<byte> message, MessageDescriptor type)
    {
        var parts = 0;
        var fields = new WireFields(message);
        while (fields.TryNext(out var number, out _))
        {
            if (type.FindFieldByNumber(number) is { } field && IsOfParts(field))
            {
                parts++;
            }
        }

        return parts;
    }

    private static bool IsOfParts(FieldDescriptor field) => field is { IsRepeated: true, FieldType: FieldType.Message };
}
