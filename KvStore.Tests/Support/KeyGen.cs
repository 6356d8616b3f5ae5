using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace KvStore.Tests.Support;

/// <summary>Keys as they come: short and alike, so that they meet; of every length of UTF-8 character; with long common parts.</summary>
internal static class KeyGen
{
    private static readonly string[] Parts = ["a", "b", "/", "ä", "日", "🔑", "aa", "ab/", new string('x', 40), .. AnyText.Utf8Shapes];

    /// <summary>A key, of one to four parts.</summary>
    public static Gen<string> Key { get; } =
        from parts in Gen.Choose(1, 4).SelectMany(count => Gen.Elements(Parts).ListOf(count))
        select string.Concat(parts);

    /// <summary>A prefix or suffix to search by: nothing, or a few bytes of a key.</summary>
    public static Gen<string> Part { get; } = Gen.OneOf(Gen.Constant(""), Gen.Elements(Parts), Key);

    /// <summary>Any bytes, UTF-8 or not: of bytes that are least or greatest, and in runs as long as a head or a byte less or more.</summary>
    public static Gen<byte[]> Bytes { get; } =
        from parts in Gen.Choose(0, 5).SelectMany(count => Gen.Elements(ByteParts).ListOf(count))
        select parts.SelectMany(part => part).ToArray();

    /// <summary>Up to a thousand such keys, no two alike.</summary>
    public static Gen<byte[][]> DistinctBytes { get; } =
        from count in Gen.OneOf(Gen.Elements(0, 1, 2, 16, 17, 63, 64, 65), Gen.Choose(0, 1_000))
        from keys in Bytes.ListOf(count)
        select keys.DistinctBy(Convert.ToHexString, StringComparer.Ordinal).ToArray();

    private static byte[][] ByteParts =>
    [
        [0], [0, 0], [1], [0x61], [0x62], [0xfe], [0xff], [0xff, 0], [0, 0xff],
        new byte[7], new byte[8], new byte[9], [.. Enumerable.Repeat((byte)0xff, 7)], [.. Enumerable.Repeat((byte)0x61, 40)],
    ];

    /// <summary>Whether <paramref name="key"/> begins and ends with these bytes.</summary>
    public static bool Matches(string key, string prefix, string suffix)
    {
        var bytes = Encoding.UTF8.GetBytes(key).AsSpan();
        return bytes.StartsWith(Encoding.UTF8.GetBytes(prefix)) && bytes.EndsWith(Encoding.UTF8.GetBytes(suffix));
    }
}
