using System.Text;

namespace KvStore.Api.Options;

/// <summary>What <c>--help</c> prints.</summary>
internal static class SettingsHelp
{
    /// <summary>The usage and every setting, with its default and what it takes.</summary>
    public static string Text { get; } = Build();

    private static string Build()
    {
        var text = new StringBuilder("""
            KvStore: a key-value store with prefix and suffix search, over HTTP and gRPC.

            Usage: KvStore.Api [--Setting=value ...]

            Each setting can be given in appsettings.json, as an environment variable (with __ for :), or as an option;
            the last of these wins.


            """);
        foreach (var setting in SettingsCatalogue.All)
        {
            text.AppendLine($"  --{setting.Path}");
            text.AppendLine($"      {setting.Description.Replace("`", "", StringComparison.Ordinal)}");
            text.AppendLine($"      Takes {setting.Allowed}; default {(setting.Default.Length == 0 ? "none" : setting.Default)}.");
            if (setting.Aliases.Count > 0)
            {
                text.AppendLine($"      Also {string.Join(", ", setting.Aliases.Select(Spell))}.");
            }
        }

        return text.ToString();
    }

    private static string Spell(string alias) => char.IsUpper(alias[0]) ? alias : "-" + alias;
}
