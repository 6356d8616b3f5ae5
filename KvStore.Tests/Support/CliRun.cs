using System.Text;
using KvStore.Cli;
using KvStore.Cli.Shell;

namespace KvStore.Tests.Support;

/// <summary>What a run of the command line gave.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Bytes">What it printed to standard output.</param>
/// <param name="Error">What it printed to standard error.</param>
internal sealed record CliRun(int ExitCode, byte[] Bytes, string Error)
{
    /// <summary>What it printed, as text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Runs a command line in this process.</summary>
    public static async Task<CliRun> InProcessAsync(string[] arguments, byte[]? input = null, bool isTerminal = false)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter();
        var terminal = new Terminal
        {
            In = new MemoryStream(input ?? []),
            Out = output,
            Error = error,
            IsInTerminal = isTerminal,
            IsOutTerminal = isTerminal,
        };
        var exitCode = await CommandLine.RunAsync(arguments, terminal, CancellationToken.None);
        return new CliRun(exitCode, output.ToArray(), error.ToString());
    }
}
