using System.CommandLine;
using KvStore.Cli.Shell;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore del</c>.</summary>
internal static class DelCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var key = new Argument<string>("key") { Description = "The key" };
        var revision = new Option<long?>("--if-revision") { Description = "Delete only if the key is at this revision", HelpName = "revision" };
        revision.MustBe("a revision above 0", value => value > 0);
        var command = new Command("del", "Deletes a key; exit code 1 where there is none, or a condition is not met") { key, revision };
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(key), result.GetValue(revision)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string key, long? revision)
    {
        var request = new DeleteRequest { Key = key };
        if (revision is { } expected)
        {
            request.IfRevision = expected;
        }

        var response = await session.Client.DeleteAsync(request, session.Call);
        if (!response.Deleted)
        {
            throw new CliException(ExitCodes.NotMet, $"key-not-found: there is no key '{key}'.");
        }

        await session.PrintAsync(FormattableString.Invariant($"deleted at revision {response.Revision}"), json =>
        {
            json.WriteString("key"u8, key);
            json.WriteNumber("revision"u8, response.Revision);
        });
        return ExitCodes.Done;
    }
}
