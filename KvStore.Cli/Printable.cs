using System.Globalization;
using System.Text;

namespace KvStore.Cli;

/// <summary>Text as it can be shown: what a key or value says cannot begin another line, nor command the terminal.</summary>
internal static class Printable
{
    /// <summary>A number of records.</summary>
    public static string Records(long count) => Count(count, "record");

    /// <summary>A number of things whose plural ends in s.</summary>
    public static string Count(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");

    /// <summary>Bytes as they are followed: <c>12.3 MiB</c>.</summary>
    public static string Mebibytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):f1} MiB");

    /// <summary>The text, with control characters as escapes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="kept">Those that stay as they are.</param>
    public static string Of(string text, string kept = "")
    {
        if (!text.Any(character => char.IsControl(character) && !kept.Contains(character)))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = character switch
            {
                _ when kept.Contains(character) => shown.Append(character),
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when char.IsControl(character) => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => shown.Append(character),
            };
        }

        return shown.ToString();
    }
}
