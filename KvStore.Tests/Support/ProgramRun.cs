using System.Diagnostics;

namespace KvStore.Tests.Support;

/// <summary>What a run of a program gave.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it printed to standard output.</param>
/// <param name="Error">What it printed to standard error.</param>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    /// <summary>All that it printed.</summary>
    public string Said => Output + Error;

    /// <summary>Runs a program to its end, in the folder of the repository.</summary>
    public static async Task<ProgramRun> ToEndAsync(
        string program, string[] arguments, string input = "", params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new ProgramRun(process.ExitCode, await output, await error);
    }
}
