using System.CommandLine;
using KvStore.Cli.Shell;
using KvStore.Cli.Stores;
using KvStore.Core.Durability;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore backup</c>.</summary>
internal static class BackupCommand
{
    private const string DefaultServer = "http://localhost:8080";

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var directory = StoreDirectory.Argument("The new directory: it must not exist, or be empty");
        var server = new Option<string>("--server")
        {
            Description = "Where the server takes HTTP requests (not gRPC calls, for which KVSTORE_SERVER is): its port on this machine, or its metrics port from anywhere",
            HelpName = "http://host:port",
            DefaultValueFactory = _ => DefaultServer,
        };
        server.MustBe($"an address such as {DefaultServer}", value => GrpcChannel.TryParseAddress(value, out _));
        var command = new Command(
            "backup", "Copies the store of a running server into a new directory, and verifies it. To restore it, start a server with that directory, or a copy, as its DATA_DIR")
        {
            directory, server,
        };
        setup.Shared.RefuseServerBefore(command);
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(directory), result.GetRequiredValue(server)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string directory, string server)
    {
        BackupWriter.Check(directory);
        VerifyReport? report = null;
        using var download = new BackupDownload(server, session.AnswerTimeout, session.Timeout, session.Stop);
        await ProgressBar.RunAsync(session.Terminal, "Backing up", total: null, async progress => report = await download.RunAsync(directory, progress));
        await session.PrintAsync(
            FormattableString.Invariant($"backed up to revision {report!.LastRevision}: {Printable.Count(report.Bytes, "byte")} in {directory}, verified"),
            json =>
            {
                json.WriteString("directory"u8, directory);
                json.WriteNumber("revision"u8, report.LastRevision);
                json.WriteNumber("bytes"u8, report.Bytes);
                json.WriteString("historyId"u8, report.HistoryId);
            });
        return ExitCodes.Done;
    }
}
