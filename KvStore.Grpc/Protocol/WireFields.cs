using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace KvStore.Grpc.Protocol;

/// <summary>Walks over the fields of a message that have a length: strings, bytes and messages. Ends where the message does, or is damaged.</summary>
internal ref struct WireFields(in ReadOnlySequence<byte> message)
{
    private const int Fixed32Bytes = 4, Fixed64Bytes = 8;

    private SequenceReader<byte> _reader = new(message);
    private int _groups;

    /// <summary>Whether it ended at damage, and not at the message's end.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Whether a message and those in it are in order. A parser that forgets what it does not know also passes over tags of kinds that there are
    /// not.</summary>
    public static bool AreInOrder(in ReadOnlySequence<byte> message, MessageDescriptor type)
    {
        var fields = new WireFields(message);
        while (fields.TryNext(out var number, out var content))
        {
            if (type.FindFieldByNumber(number) is { FieldType: FieldType.Message } field && !AreInOrder(content, field.MessageType))
            {
                return false;
            }
        }

        return !fields.IsDamaged;
    }

    /// <summary>Goes to the next field.</summary>
    /// <param name="number">The field's number.</param>
    /// <param name="content">What it has.</param>
    /// <returns>False after the last.</returns>
    public bool TryNext(out int number, out ReadOnlySequence<byte> content)
    {
        number = 0;
        content = default;
        while (TryReadVarint(out var value))
        {
            var tag = (uint)value;
            var isWhole = true;
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.Varint:
                    isWhole = TryReadVarint(out _);
                    break;
                case WireFormat.WireType.Fixed32:
                    isWhole = _reader.TryReadExact(Fixed32Bytes, out _);
                    break;
                case WireFormat.WireType.Fixed64:
                    isWhole = _reader.TryReadExact(Fixed64Bytes, out _);
                    break;
                case WireFormat.WireType.StartGroup:
                    _groups++;
                    break;
                case WireFormat.WireType.EndGroup:
                    _groups--;
                    break;
                case WireFormat.WireType.LengthDelimited:
                    isWhole = TryReadVarint(out var length) && length <= int.MaxValue && _reader.TryReadExact((int)length, out content);

                    // What is in a group belongs to no field of ours.
                    if (isWhole && _groups == 0)
                    {
                        number = WireFormat.GetTagFieldNumber(tag);
                        return true;
                    }

                    break;
                default:
                    isWhole = false;
                    break;
            }

            if (!isWhole)
            {
                IsDamaged = true;
                return false;
            }
        }

        return false;
    }

    private bool TryReadVarint(out ulong value)
    {
        const int BitsOfByte = 7;
        value = 0;
        for (var shift = 0; _reader.TryRead(out var b); shift += BitsOfByte)
        {
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
