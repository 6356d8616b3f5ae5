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

    /// <summary>Whether <paramref name="key"/> begins and ends with these bytes.</summary>
    public static bool Matches(string key, string prefix, string suffix)
    {
        var bytes = Encoding.UTF8.GetBytes(key).AsSpan();
        return bytes.StartsWith(Encoding.UTF8.GetBytes(prefix)) && bytes.EndsWith(Encoding.UTF8.GetBytes(suffix));
    }
}
