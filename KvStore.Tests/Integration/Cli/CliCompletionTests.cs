using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

public sealed class CliCompletionTests
{
    [SkippableTheory]
    [InlineData("kvstore se", "search\nset\n")]
    [InlineData("kvstore get a --out", "--output\n")]
    [InlineData("kvstore ver", "verify\n")]
    [InlineData("kvstore --output ", "json\ntext\n")]
    [InlineData("kvstore bench --op mi", "mixed\n")]
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
    [InlineData("kvstore se", "search\nset\n")]
    [InlineData("kvstore get --output ", "json\ntext\n")]
    [InlineData("kvstore get --output=j", "--output=json\n")]
    [InlineData("kvstore import README", "README.md\n")]
    public async Task Fish_does_too_and_names_files_where_one_is_meant(string line, string words)
    {
        var fish = RequiredTool.SkipUnless("fish");
        var script = $"function kvstore; dotnet '{CliProcess.File}' $argv; end; kvstore completion fish | source; complete -C '{line}'";

        (await RunAsync(fish, ["-c", script])).Should().Be(words);
    }

    [SkippableFact]
    public async Task Zsh_takes_its_script()
    {
        var zsh = RequiredTool.SkipUnless("zsh");
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, (await CliRun.InProcessAsync(["completion", "zsh"])).Text);

        (await RunAsync(zsh, ["-n", file])).Should().BeEmpty();

        File.Delete(file);
    }

    [SkippableFact]
    public async Task Zsh_completes_a_command_wherever_it_stands_on_the_line()
    {
        var zsh = RequiredTool.SkipUnless("zsh");
        var script = $$"""
            kvstore() { dotnet '{{CliProcess.File}}' "$@"; }
            compdef() { }
            compset() { }
            compadd() { print -rl -- "${(@P)2}"; }
            source <(kvstore completion zsh)
            BUFFER='kvstore get a | kvstore se' CURSOR=26 words=(kvstore se) CURRENT=2
            _kvstore
            """;

        (await RunAsync(zsh, ["-f", "-c", script])).Should().StartWith("search\nset\n");
    }

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        var run = await ProgramRun.ToEndAsync(program, arguments);
        run.ExitCode.Should().Be(0, run.Error);
        run.Error.Should().BeEmpty();
        return run.Output;
    }
}
