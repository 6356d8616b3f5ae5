using System.Diagnostics;
using KvStore.Cli;

namespace KvStore.Tests.Support;

/// <summary>The command line as a process of its own, as a user starts it.</summary>
internal sealed class CliProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Task<string> _error;

    private CliProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program's file, to be run by <c>dotnet</c>.</summary>
    public static string File => typeof(CommandLine).Assembly.Location;

    /// <summary>Runs a command to its end.</summary>
    public static async Task<CliRun> RunAsync(Uri server, string[] arguments, byte[]? input = null)
    {
        await using var cli = Start(server, arguments);
        if (input is not null)
        {
            await cli._process.StandardInput.BaseStream.WriteAsync(input);
        }

        cli._process.StandardInput.Close();
        using var output = new MemoryStream();
        await cli._process.StandardOutput.BaseStream.CopyToAsync(output).WaitAsync(Patience);
        return new CliRun(await cli.WaitForExitAsync(), output.ToArray(), await cli._error);
    }

    /// <summary>Runs a line of a shell, in which <c>kvstore</c> is the program.</summary>
    /// <returns>All that it printed, to either stream.</returns>
    public static async Task<string> RunInShellAsync(Uri server, string line)
    {
        await using var shell = StartProgram(server, "sh", "-c", $"kvstore() {{ dotnet '{File}' \"$@\"; }}; {line}");
        var output = await shell._process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await shell.WaitForExitAsync();
        return output + await shell._error;
    }

    /// <summary>Starts a command that goes on until it is told to end.</summary>
    public static CliProcess Start(Uri server, params string[] arguments) => StartProgram(server, "dotnet", [File, .. arguments]);

    private static CliProcess StartProgram(Uri server, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KVSTORE_SERVER"] = server.Authority;
        return new CliProcess(Process.Start(start)!);
    }

    /// <summary>Gives it more of its input, and not the end of it.</summary>
    public async Task WriteAsync(byte[] input)
    {
        await _process.StandardInput.BaseStream.WriteAsync(input);
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>The next line that it prints.</summary>
    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);

    /// <summary>All that it has printed to standard error, when it has ended.</summary>
    public Task<string> ReadErrorAsync() => _error.WaitAsync(Patience);

    /// <summary>Reads no more of what it prints.</summary>
    public void StopReading() => _process.StandardOutput.Close();

    /// <summary>Sends what Ctrl-C does.</summary>
    public void Interrupt() => Signal.Send(_process, Signal.Interrupt);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
