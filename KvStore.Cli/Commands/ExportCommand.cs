using System.CommandLine;
using KvStore.Cli.Records;
using KvStore.Cli.Shell;
using KvStore.Cli.Transfer;
using KvStore.Cli.Watching;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore export</c>.</summary>
internal static class ExportCommand
{
    private const string StandardOutput = "-";

    // What is not whole must not look so.
    private const string Unfinished = ".part";

    // What is here, such as >(gzip) or /dev/null, is to be written to; a file in its place would be another.
    private const string Devices = "/dev/";

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var file = new Argument<string>("file")
        {
            Description = "The file; - or nothing writes to standard output",
            Arity = ArgumentArity.ZeroOrOne,
            DefaultValueFactory = _ => StandardOutput,
        };
        file.Validators.Add(OptionRules.MustNameFile);
        var command = new Command("export", "Writes all keys with their values as lines of JSON (NDJSON), as GET /export does") { file };
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(file)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string file)
    {
        var terminal = session.Terminal;
        if (file == StandardOutput)
        {
            await SummarizeAsync(terminal.Error, session, await WriteAsync(session, terminal.Out));
            return ExitCodes.Done;
        }

        var written = Path.GetFullPath(file).StartsWith(Devices, StringComparison.Ordinal)
            ? await WriteFileAsync(session, file)
            : await ReplaceFileAsync(session, file);
        await using var summary = new StreamWriter(terminal.Out, leaveOpen: true);
        await SummarizeAsync(summary, session, written);
        return ExitCodes.Done;
    }

    private static async Task<(long Records, long Revision)> ReplaceFileAsync(Session session, string file)
    {
        if (Directory.Exists(file))
        {
            throw CliException.Usage($"{file} is a directory.");
        }

        var unfinished = file + Unfinished;
        var output = File.Create(unfinished);
        try
        {
            (long Records, long Revision) written;
            await using (output)
            {
                written = await WriteAsync(session, output);
            }

            File.Move(unfinished, file, overwrite: true);
            return written;
        }
        catch
        {
            // What is left of it would take the room that was missing.
            File.Delete(unfinished);
            throw;
        }
    }

    private static async Task<(long Records, long Revision)> WriteFileAsync(Session session, string file)
    {
        await using var output = File.Create(file);
        return await WriteAsync(session, output);
    }

    private static async Task<(long Records, long Revision)> WriteAsync(Session session, Stream output)
    {
        var request = new SearchRequest { AllKeys = true, Values = true, AsBytes = true };
        using var call = session.Client.Search(request, session.Stream);
        using var writer = new ExportWriter(output);
        var headers = await call.ResponseHeadersAsync;

        // A bar would be drawn over lines that go to the terminal themselves.
        if (session.Terminal is { IsErrorTerminal: true } terminal && !(terminal.IsOutTerminal && output == terminal.Out))
        {
            var total = (await session.Client.CountAsync(new CountRequest(), session.Call)).Count;
            await ProgressBar.RunAsync(terminal, "Exporting", total, progress => WriteAsync(call, writer, progress, session.Stop));
        }
        else
        {
            await WriteAsync(call, writer, _ => { }, session.Stop);
        }

        return (writer.Records, ChangeSource.RevisionIn(headers) ?? 0);
    }

    private static async Task WriteAsync(
        AsyncServerStreamingCall<SearchResult> call, ExportWriter writer, Action<long> progress, CancellationToken stop)
    {
        await foreach (var found in call.ResponseStream.ReadAllAsync(stop))
        {
            await writer.WriteAsync(StoredRecord.Of(found), stop);
            progress(writer.Records);
        }

        await writer.FlushAsync(stop);
    }

    private static Task SummarizeAsync(TextWriter output, Session session, (long Records, long Revision) written) =>
        output.WriteLineAsync(session.IsJson
            ? JsonLine.Of(json =>
            {
                json.WriteNumber("exported"u8, written.Records);
                json.WriteNumber("revision"u8, written.Revision);
            })
            : FormattableString.Invariant($"exported {Printable.Records(written.Records)}; what changes from here on: kvstore watch --since {written.Revision}"));
}
