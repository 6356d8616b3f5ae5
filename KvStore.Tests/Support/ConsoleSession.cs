using System.Diagnostics;
using System.Text.RegularExpressions;

namespace KvStore.Tests.Support;

/// <summary>Commands with what they print, as a document shows them; <c>...</c> stands for any text.</summary>
internal static class ConsoleSession
{
    private const string AnyText = "...";

    /// <summary>The commands of a document's blocks of a kind, each with what it is shown to print.</summary>
    public static IEnumerable<(string Command, string Shown)> Commands(string markdown, string kind)
    {
        foreach (Match block in Regex.Matches(
            markdown, $"^```{kind}\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture))
        {
            foreach (var part in block.Groups["lines"].Value.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = part.Split('\n', 2);
                yield return (lines[0], lines[1].TrimEnd('\n'));
            }
        }
    }

    /// <summary>Runs a command, and compares what it prints with what it is shown to.</summary>
    public static async Task PrintsAsync(string command, string shown)
    {
        var printed = await RunAsync(command);
        printed.Should().MatchRegex($"^{Pattern(shown)}$", "this is what `{0}` is shown to print", command);
    }

    private static string Pattern(string shown) => string.Join(".+", shown.Split(AnyText).Select(Regex.Escape));

    private static async Task<string> RunAsync(string command)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = bash.StandardError.ReadToEndAsync();
        var printed = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        bash.ExitCode.Should().Be(0, "`{0}` works: {1}", command, await errors);
        return printed.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n');
    }
}
