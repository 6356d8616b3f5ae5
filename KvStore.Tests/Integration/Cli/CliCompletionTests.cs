using System.Diagnostics;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

public sealed class CliCompletionTests
{
    [SkippableTheory]
    [InlineData("kvstore se", "search\nset\n")]
    [InlineData("kvstore get a --out", "--output\n")]
    [InlineData("kvstore --output ", "json\ntext\n")]
    public async Task Bash_completes_what_the_program_suggests(string line, string words)
    {
        var bash = RequiredTool.SkipUnless("bash");
        var script = $$"""
            kvstore() { dotnet '{{CliProcess.File}}' "$@"; }
            source <(kvstore completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            COMP_WORDS=({{line}}) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('') COMP_CWORD=$((COMP_CWORD + 1))
            _kvstore_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """;

        (await RunAsync(bash, ["-c", script])).Should().Be(words);
    }

    [SkippableTheory]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Other_shells_take_their_script(string shell)
    {
        var path = RequiredTool.SkipUnless(shell);
        var script = (await CliRun.InProcessAsync(["completion", shell])).Text;
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script);

        (await RunAsync(path, ["-n", file])).Should().BeEmpty();

        File.Delete(file);
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        (await error).Should().BeEmpty();
        return output;
    }
}
