using System.Diagnostics;
using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>Runs the README's commands as a reader would, against the real service, and compares what they print.</summary>
public sealed class ReadmeTourTests
{
    private const string Address = "localhost:8080";
    private const string AnyText = "...";

    [Fact]
    public async Task Every_command_of_the_tour_prints_what_the_readme_says()
    {
        var commands = Commands(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"))).ToList();
        commands.Should().HaveCountGreaterThan(10);
        await using var service = await ServiceProcess.StartAsync();

        foreach (var (command, shown) in commands)
        {
            var printed = await RunAsync(command.Replace(Address, service.Address.Authority, StringComparison.Ordinal));
            printed.Should().MatchRegex($"^{Pattern(shown)}$", "this is what `{0}` prints in the README", command);
        }
    }

    [Fact]
    public void A_command_ends_where_the_next_one_or_the_block_does()
    {
        const string text = """
            ```console
            $ one
            1
            $ two
            2

            2
            ```
            $ not this
            """;

        Commands(text).Should().Equal(("one", "1"), ("two", "2\n\n2"));
    }

    /// <summary>The commands of the console blocks, each with what it is shown to print.</summary>
    private static IEnumerable<(string Command, string Shown)> Commands(string markdown)
    {
        foreach (Match block in Regex.Matches(markdown, "^```console\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture))
        {
            foreach (var part in block.Groups["lines"].Value.Split("$ ", StringSplitOptions.RemoveEmptyEntries))
            {
                var lines = part.Split('\n', 2);
                yield return (lines[0], lines[1].TrimEnd('\n'));
            }
        }
    }

    private static string Pattern(string shown) =>
        string.Join(".+", shown.Split(AnyText).Select(Regex.Escape));

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
