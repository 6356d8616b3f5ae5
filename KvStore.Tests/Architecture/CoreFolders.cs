using System.Text.RegularExpressions;

namespace KvStore.Tests.Architecture;

/// <summary>Which folder of KvStore.Core may use which: the arrows of docs/architecture.md.</summary>
internal static partial class CoreFolders
{
    private static readonly Dictionary<string, string[]> MayUse = new(StringComparer.Ordinal)
    {
        ["Records"] = [],
        ["Errors"] = [],
        ["Files"] = [],
        ["Memory"] = ["Records"],
        ["Search"] = ["Memory", "Records"],
        ["Changes"] = ["Records", "Errors"],
        ["Watching"] = ["Changes", "Search", "Records"],
        ["Store"] = ["Watching", "Changes", "Search", "Memory", "Records", "Errors"],
        ["Durability"] = ["Store", "Changes", "Records", "Files", "Errors"],
    };

    public static IEnumerable<string> All => MayUse.Keys;

    /// <summary>What a source in <paramref name="folder"/> breaks, one sentence each.</summary>
    public static IEnumerable<string> Violations(string folder, string source)
    {
        if (!MayUse.TryGetValue(folder, out var allowed))
        {
            return [$"{folder} is a folder without a place in the order"];
        }

        var code = LineComment().Replace(source, "");
        var used = Mention().Matches(code).Select(match => match.Groups["folder"].Value).Distinct(StringComparer.Ordinal);
        return
        [
            .. used.Where(other => other != folder && !allowed.Contains(other, StringComparer.Ordinal))
                .Select(other => $"{folder} uses {other}"),
            .. Namespace().Matches(code).Select(match => match.Groups["name"].Value)
                .Where(name => name != $"KvStore.Core.{folder}" && !name.StartsWith($"KvStore.Core.{folder}.", StringComparison.Ordinal)).Select(name => $"{folder} holds the namespace {name}"),
        ];
    }

    [GeneratedRegex("//.*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LineComment();

    // By its full name, whether imported or not, or from within KvStore.Core by its last part.
    [GeneratedRegex(@"\bKvStore\.Core\.(?<folder>\w+)|(?<![\w.])(?<folder>Records|Errors|Files|Search|Store)\.[A-Z]",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mention();

    [GeneratedRegex(@"^\s*namespace\s+(?<name>[\w.]+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Namespace();
}
