using System.CommandLine;
using System.CommandLine.Invocation;
using KvStore.Cli.Commands;
using KvStore.Cli.Shell;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli;

/// <summary>Runs a command line.</summary>
internal static class CommandLine
{
    // EPIPE of POSIX.
    private const int BrokenPipe = 32;

    private static readonly ParserConfiguration Parsing = new()
    {
        EnablePosixBundling = false,
        // A value may begin with an @.
        ResponseFileTokenReplacer = null,
    };

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">The arguments behind the program's name.</param>
    /// <param name="terminal">Where it reads and writes.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken stop)
    {
        ParseResult? result = null;
        try
        {
            ArgumentBytes.Check(arguments);
            result = KvStoreCommand.Create(terminal).Parse(SeedArguments.Rewrite(Suggestion.Rewrite(arguments)), Parsing);
            return result.Action is ParseErrorAction ? throw CliException.Usage(Complain(result)) : await InvokeAsync(result, terminal, stop);
        }
        catch (Exception exception) when (Classify(exception, result, stop) is { } end)
        {
            if (end.Message.Length > 0)
            {
                Failure.Print(terminal.Error, end.Message);
            }

            return end.ExitCode;
        }
    }

    private static async Task<int> InvokeAsync(ParseResult result, Terminal terminal, CancellationToken stop)
    {
        // The library's own texts, such as --help.
        await using var output = new StreamWriter(terminal.Out, leaveOpen: true);
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Program.cs sees to signals.
            ProcessTerminationTimeout = null,
        };
        return await result.InvokeAsync(invocation, stop);
    }

    /// <summary>How an exception ends the program; null where it is a fault of the program's own.</summary>
    private static (int ExitCode, string Message)? Classify(Exception exception, ParseResult? result, CancellationToken stop) => exception switch
    {
        CliException expected => (expected.ExitCode, expected.Message),
        RpcException or OperationCanceledException when stop.IsCancellationRequested => (ExitCodes.Interrupted, ""),
        RpcException rpc => (Failure.ExitCodeOf(rpc), Failure.Describe(rpc, result?.GetValue<string>("--server") ?? "the server")),
        IOException { HResult: BrokenPipe } => (ExitCodes.NoReader, ""),
        IOException or UnauthorizedAccessException => (ExitCodes.Usage, exception.Message),
        _ => null,
    };

    private static string Complain(ParseResult result)
    {
        var path = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? symbol = result.CommandResult; symbol is not null; symbol = symbol.Parent)
        {
            path.Push(symbol is System.CommandLine.Parsing.CommandResult { Command: var command and not RootCommand } ? $" {command.Name}" : "");
        }

        // What is not understood says more than what is then missing; and the rules, which come last, more than the library.
        var complaint = result.UnmatchedTokens is [var token, ..] ? $"'{token}' is not understood" : OnOneLine(result.Errors[^1].Message).TrimEnd('.');
        return $"{complaint}. See kvstore{string.Concat(path)} --help.";
    }

    /// <summary>A message of the library, which begins a line for each word that it would take.</summary>
    private static string OnOneLine(string message) => message.ReplaceLineEndings("").Replace('\t', ' ');
}
