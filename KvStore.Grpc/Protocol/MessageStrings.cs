using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>Finds strings that are not UTF-8. Protocol Buffers forbids them, and its library puts other characters in their place without a word.</summary>
internal static class MessageStrings
{
    private const int LongestCharacter = 4;

    /// <summary>Whether all strings of a message are UTF-8.</summary>
    /// <param name="message">The message, which has been parsed: it is known to be whole.</param>
    /// <param name="type">What it is.</param>
    public static bool AreUtf8(in ReadOnlySequence<byte> message, MessageDescriptor type) =>
        // Most messages are short and in ASCII, and one vectorized look at them is enough.
        IsAscii(message) || AreFieldsUtf8(message, type);

    /// <summary>Whether a text is UTF-8, wherever its pieces are cut.</summary>
    public static bool IsUtf8(in ReadOnlySequence<byte> text)
    {
        if (text.IsSingleSegment)
        {
            return Utf8.IsValid(text.FirstSpan);
        }

        // The character that goes across pieces, as far as it has come.
        Span<byte> character = stackalloc byte[LongestCharacter];
        var length = 0;
        foreach (var piece in text)
        {
            var rest = piece.Span;
            while (length > 0 && !rest.IsEmpty)
            {
                character[length++] = rest[0];
                rest = rest[1..];
                var status = Rune.DecodeFromUtf8(character[..length], out _, out _);
                if (status == OperationStatus.InvalidData)
                {
                    return false;
                }

                length = status == OperationStatus.Done ? 0 : length;
            }

            if (length == 0)
            {
                var cut = CutAtEnd(rest);
                cut.CopyTo(character);
                length = cut.Length;
                if (!Utf8.IsValid(rest[..^length]))
                {
                    return false;
                }
            }
        }

        return length == 0;
    }

    private static bool IsAscii(in ReadOnlySequence<byte> message)
    {
        foreach (var piece in message)
        {
            if (!Ascii.IsValid(piece.Span))
            {
                return false;
            }
        }

        return true;
    }

    private static bool AreFieldsUtf8(in ReadOnlySequence<byte> message, MessageDescriptor type)
    {
        var fields = new WireFields(message);
        while (fields.TryNext(out var number, out var content))
        {
            if (!IsFieldUtf8(content, type.FindFieldByNumber(number)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFieldUtf8(in ReadOnlySequence<byte> content, FieldDescriptor? field) => field?.FieldType switch
    {
        FieldType.String => IsUtf8(content),
        FieldType.Message => AreUtf8(content, field.MessageType),
        _ => true,
    };

    /// <summary>The beginning of a character at the end of a piece.</summary>
    private static ReadOnlySpan<byte> CutAtEnd(ReadOnlySpan<byte> piece)
    {
        for (var length = 1; length < LongestCharacter && length <= piece.Length; length++)
        {
            var end = piece[^length..];
            if ((end[0] & 0xC0) != 0x80)
            {
                return Rune.DecodeFromUtf8(end, out _, out _) == OperationStatus.NeedMoreData ? end : default;
            }
        }

        return default;
    }
}
