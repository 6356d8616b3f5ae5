using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace KvStore.Tests.Support;

/// <summary>Keys of any text and values of any bytes, thick with what paths, queries, forms and JSON give a meaning of their own.</summary>
internal static class AnyText
{
    private const string Special = "/%?#+&=;:,.\\\"'<>[]{} \0\t\r\n\u007f\u00e9e\u0301\ufeff\uffff";

    /// <summary>
    /// Characters at both ends of each length that UTF-8 has, around the surrogates, and such as some take for none:
    /// NUL, combining ones, byte order marks, noncharacters.
    /// </summary>
    public static string[] Utf8Shapes { get; } =
    [
        "\0", "\u007f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff",
        "e\u0301", "\u00e9", "\u0301", "\u200d", "\ufeff", "\ufffd", "\ufdd0", "\ufffe", "\U0001fffe", "\U0010fffe",
    ];

    /// <summary>Any character; half of a surrogate pair is none.</summary>
    public static Gen<string> Scalar { get; } = Gen.OneOf(Gen.Choose(0, 0xD7FF), Gen.Choose(0xE000, 0x10FFFF)).Select(char.ConvertFromUtf32);

    private static readonly Gen<string> Character = Gen.OneOf(
        Gen.Elements(Special.ToCharArray()).Select(character => character.ToString()),
        Gen.Choose(' ', '~').Select(character => ((char)character).ToString()),
        Scalar,
        Gen.Elements(Utf8Shapes),
        Gen.Elements("..", "/./", "%2F", "%252f", "%00", "\r\nSet-Cookie: a", "</script>"));

    /// <summary>A key, of one to twenty parts.</summary>
    public static Gen<string> Key { get; } = Gen.Choose(1, 20).SelectMany(count => Character.ListOf(count)).Select(string.Concat);

    /// <summary>A key, or nothing.</summary>
    public static Gen<string> KeyOrNone { get; } = Gen.OneOf(Gen.Constant(""), Key);

    /// <summary>A value: text, or bytes that are none.</summary>
    public static Gen<byte[]> Value { get; } = Gen.OneOf(
        KeyOrNone.Select(Encoding.UTF8.GetBytes),
        Gen.Choose(0, 100).SelectMany(count => Gen.Choose(0, 255).ListOf(count)).Select(bytes => bytes.Select(b => (byte)b).ToArray()));

    /// <summary>The ways in which a client may write a key in a path: only what must be escaped, what libraries escape, or all.</summary>
    public static IEnumerable<string> Encodings(string key)
    {
        var utf8 = Encoding.UTF8.GetBytes(key);
        yield return string.Concat(utf8.Select(b => b is > (byte)' ' and <= (byte)'~' and not ((byte)'%' or (byte)'?') ? ((char)b).ToString() : Escape(b, "%{0:X2}")));
        yield return Uri.EscapeDataString(key);
        yield return string.Concat(utf8.Select(b => Escape(b, "%{0:X2}")));
        yield return string.Concat(utf8.Select(b => Escape(b, "%{0:x2}")));
    }

    private static string Escape(byte b, string format) => string.Format(CultureInfo.InvariantCulture, format, b);
}
