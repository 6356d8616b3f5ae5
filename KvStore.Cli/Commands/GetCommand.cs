using System.CommandLine;
using KvStore.Cli.Records;
using KvStore.Cli.Shell;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore get</c>.</summary>
internal static class GetCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var key = new Argument<string>("key") { Description = "The key" };
        var command = new Command("get", "Prints the value of a key, byte for byte unless it is to a terminal; exit code 1 where there is none") { key };
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(key)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string key)
    {
        var response = await session.Client.GetAsync(new GetRequest { Key = key, AsBytes = true }, session.Call);
        if (!response.Found)
        {
            throw new CliException(ExitCodes.NotMet, $"key-not-found: there is no key '{key}'.");
        }

        if (session.IsJson)
        {
            await session.PrintAsync("", StoredRecord.Of(key, response).WriteMembers);
            return ExitCodes.Done;
        }

        if (session.Terminal.IsOutTerminal)
        {
            // A value may come from anyone, and must not command the terminal.
            await session.Terminal.WriteLineAsync(StoredRecord.Show(response.ValueBytes.Span, response.ContentType, kept: "\n\t"), session.Stop);
            return ExitCodes.Done;
        }

        await session.Terminal.Out.WriteAsync(response.ValueBytes.Memory, session.Stop);
        return ExitCodes.Done;
    }
}
