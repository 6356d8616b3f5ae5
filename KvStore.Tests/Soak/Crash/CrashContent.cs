using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KvStore.Core.Records;

namespace KvStore.Tests.Soak.Crash;

/// <summary>The value and the content type of a set: each byte follows from the set's number, and the number can be read from them.</summary>
/// <remarks>What is too short for a number has it in its content type. The rest is a stretch of one long row, begun at a place of its own, so neither a
/// wrong byte nor a mix of two values can pass.</remarks>
/// <param name="Number">The set's number: no two sets have the same.</param>
/// <param name="Length">Bytes of the value.</param>
/// <param name="IsText">Whether it is made of characters alone, so that JSON can take it as a string.</param>
internal readonly record struct CrashContent(int Number, int Length, bool IsText)
{
    /// <summary>The longest value there is.</summary>
    public const int MaxLength = 1_048_576;

    private const int NumberLength = 11;
    private const int Places = 1 << 16;
    private const string NumberedType = "x/soak; op=";
    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789 \"\\/{}<>";

    private static readonly byte[] BinaryRow = Row(static random => (byte)random.Next(256));
    private static readonly byte[] TextRow = Row(static random => (byte)Characters[random.Next(Characters.Length)]);

    public string ContentType => Length < NumberLength ? Numbered() : (Number % 4) switch
    {
        0 => ContentTypes.Default,
        1 => ContentTypes.Json,
        2 => "application/octet-stream",
        _ => Numbered(),
    };

    public byte[] Bytes()
    {
        var bytes = new byte[Length];
        var begun = 0;
        if (Length >= NumberLength)
        {
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Number:D10};"), bytes);
            begun = NumberLength;
        }

        Stretch(begun).CopyTo(bytes.AsSpan(begun));
        return bytes;
    }

    public string Text() => Encoding.ASCII.GetString(Bytes());

    /// <summary>Whether this is what has been read, byte by byte.</summary>
    public bool Is(ReadOnlySpan<byte> value, string contentType)
    {
        var begun = Length < NumberLength ? 0 : NumberLength;
        return value.Length == Length
            && contentType == ContentType
            && value[begun..].SequenceEqual(Stretch(begun))
            && NumberOf(value, contentType) == Number;
    }

    /// <summary>The number of the set that something read is of; -1 where it is of none.</summary>
    public static int NumberOf(ReadOnlySpan<byte> value, string contentType) =>
        value.Length < NumberLength
            ? contentType.StartsWith(NumberedType, StringComparison.Ordinal)
                && int.TryParse(contentType.AsSpan(NumberedType.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1
            : Utf8Parser.TryParse(value, out int first, out var consumed) && consumed == NumberLength - 1 && value[consumed] == ';' ? first : -1;

    /// <summary>A length: mostly short, and now and then as long as can be.</summary>
    public static int AnyLength(Random random) => random.Next(100) switch
    {
        < 10 => random.Next(NumberLength),
        < 70 => random.Next(NumberLength, 200),
        < 95 => random.Next(200, 8_192),
        < 99 => random.Next(8_192, 131_072),
        _ => random.Next(131_072, MaxLength + 1),
    };

    private string Numbered() => string.Create(CultureInfo.InvariantCulture, $"{NumberedType}{Number}");

    private ReadOnlySpan<byte> Stretch(int begun) =>
        (IsText ? TextRow : BinaryRow).AsSpan((int)((uint)Number * 2_654_435_761 % Places), Length - begun);

    private static byte[] Row(Func<Random, byte> next)
    {
        var random = new Random(1);
        var row = new byte[Places + MaxLength];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = next(random);
        }

        return row;
    }
}
