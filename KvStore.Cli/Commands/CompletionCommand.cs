using System.CommandLine;
using KvStore.Cli.Shell;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore completion</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completes kvstore in bash:  source <(kvstore completion bash)
        _kvstore_complete() {
            local line
            COMPREPLY=()
            while IFS= read -r line; do
                [[ $line == "${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("$line")
            done < <(kvstore "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
        }
        complete -o default -F _kvstore_complete kvstore
        """;

    private const string Zsh = """
        #compdef kvstore
        # Completes kvstore in zsh:  source <(kvstore completion zsh)
        _kvstore() {
            # The words of this command alone, whatever stands before it on the line.
            local line="${words[1,CURRENT]}"
            local -a found
            # Of --option=value the value alone is suggested.
            compset -P '--*='
            found=("${(@f)$(kvstore "[suggest:${#line}]" "$line" 2>/dev/null)}")
            if [[ -n "$found" ]]; then
                compadd -a found
            else
                _files
            fi
        }
        compdef _kvstore kvstore
        """;

    private const string Fish = """
        # Completes kvstore in fish:  kvstore completion fish | source
        function __kvstore_complete
            set -l line (commandline -cp)
            # Of --option=value the value alone is suggested.
            set -l option (string match -r -- '^--[^=]+=' (commandline -ct))
            kvstore "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null | string replace -r -- '^' "$option"
        end
        complete -c kvstore -a '(__kvstore_complete)'
        # The names of files are for these commands alone.
        complete -c kvstore -f -n 'not __fish_seen_subcommand_from set import export backup verify repair'
        """;

    /// <summary>Makes it.</summary>
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "The shell" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Prints a script that completes command lines in a shell: bash, zsh or fish") { shell };
        command.SetAction(async (result, stop) =>
        {
            await terminal.WriteLineAsync(ScriptFor(result.GetRequiredValue(shell)), stop);
            return ExitCodes.Done;
        });
        return command;
    }

    private static string ScriptFor(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };
}
