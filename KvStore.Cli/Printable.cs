using System.Globalization;
using System.Text;

namespace KvStore.Cli;

/// <summary>Text as it can be shown on one line: what a key or value says cannot begin another line, nor command the terminal.</summary>
internal static class Printable
{
    /// <summary>A number of records.</summary>
    public static string Records(long count) => count == 1 ? "1 record" : string.Create(CultureInfo.InvariantCulture, $"{count} records");

    /// <summary>The text, with control characters as escapes.</summary>
    public static string Of(string text)
    {
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = character switch
            {
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
