using System.CommandLine;
using System.Globalization;
using KvStore.Cli.Shell;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore count</c>.</summary>
internal static class CountCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var command = new Command("count", "Counts keys: those with a prefix, a suffix or both, or all");
        var keys = new KeySelection(command);
        setup.Handle(command, async (session, result) =>
        {
            var request = new CountRequest { Prefix = keys.Prefix(result), Suffix = keys.Suffix(result) };
            var response = await session.Client.CountAsync(request, session.Call);
            await session.PrintAsync(response.Count.ToString(CultureInfo.InvariantCulture), json => json.WriteNumber("count"u8, response.Count));
            return ExitCodes.Done;
        });
        return command;
    }
}
