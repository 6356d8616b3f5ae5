using System.CommandLine;
using KvStore.Cli.Shell;
using KvStore.Cli.Transfer;
using KvStore.Grpc.Protocol;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore import</c>.</summary>
internal static class ImportCommand
{
    private const string StandardInput = "-";

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var file = new Argument<string>("file")
        {
            Description = "The file; - or nothing reads standard input",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => StandardInput,
        };
        file.Validators.Add(OptionRules.MustNameFile);
        var command = new Command(
            "import", "Stores lines of JSON (NDJSON), as POST /import does; a wrong line ends it, and those before it stay") { file };
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(file)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string file)
    {
        await using var opened = file == StandardInput ? null : File.OpenRead(file);
        var imported = 0L;

        // What comes through a pipe, such as <(zcat backup.gz), has no length.
        var total = opened is { CanSeek: true } ? opened.Length : (long?)null;
        await ProgressBar.RunAsync(session.Terminal, "Importing", total, async progress =>
            imported = await ImportAsync(session, opened ?? session.Terminal.In, progress));
        await session.PrintAsync($"imported {Printable.Records(imported)}", json => json.WriteNumber("imported"u8, imported));
        return ExitCodes.Done;
    }

    private static async Task<long> ImportAsync(Session session, Stream input, Action<long> progress)
    {
        var run = new ImportRun(async batch => await session.Client.BatchAsync(batch, session.Call), progress);
        try
        {
            await run.RunAsync(new LineReader(input), session.Stop);
            return run.Imported;
        }
        catch (RpcException exception) when (!session.Stop.IsCancellationRequested)
        {
            throw new CliException(
                Failure.ExitCodeOf(exception),
                FormattableString.Invariant($"{Failure.Describe(exception, session.Server).TrimEnd('.')}. Imported before that: {Printable.Records(run.Imported)}."),
                exception);
        }
    }
}
