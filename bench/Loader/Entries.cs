using System.Buffers;
using System.Globalization;
using System.Text;

namespace Loader;

/// <summary>The keys to be stored, with values of 32 bytes, each one different.</summary>
internal static class Entries
{
    /// <summary>How many bytes every value has.</summary>
    public const int ValueBytes = 32;

    /// <summary>Writes the value of the key with number <paramref name="index"/>: hexadecimal digits.</summary>
    public static void WriteValue(long index, Span<byte> value)
    {
        KeyShape.Mix((ulong)index).TryFormat(value, out _, "x16", CultureInfo.InvariantCulture);
        KeyShape.Mix(~(ulong)index).TryFormat(value[16..], out _, "x16", CultureInfo.InvariantCulture);
    }

    /// <summary>Appends a number in decimal digits.</summary>
    public static void Write(this IBufferWriter<byte> output, int number)
    {
        number.TryFormat(output.GetSpan(11), out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>An answer that is not the one expected, quoted.</summary>
    public static InvalidDataException Unexpected(ReadOnlySpan<byte> answer) =>
        new($"answered: {Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, 200)])}");
}
