using System.CommandLine;
using KvStore.Cli.Shell;
using KvStore.Cli.Stores;
using KvStore.Core.Durability;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore repair</c>.</summary>
internal static class RepairCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var directory = StoreDirectory.Argument("The directory of a store that no server has open");
        var truncate = new Option<bool>("--truncate") { Description = "Do it: cut the log at the first damage. The changes after it are lost" };
        var command = new Command(
            "repair", "Makes a damaged store start again by cutting its log. Without --truncate it says what that would cost, and changes nothing: exit code 1 where there is damage")
        {
            directory, truncate,
        };
        setup.Shared.LeaveServerOut(command);
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(directory), result.GetValue(truncate)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string directory, bool isToTruncate)
    {
        StoreDirectory.MustExist(directory);
        RepairReport? report;
        try
        {
            report = await Task.Run(() => isToTruncate ? StoreRepair.Run(directory) : StoreRepair.Plan(directory));
        }
        catch (UnrepairableException exception)
        {
            throw new CliException(ExitCodes.NotMet, exception.Message, exception);
        }

        await session.PrintAsync(
            report is null ? "nothing is damaged: nothing to repair" : RepairText.Of(report),
            json => RepairText.WriteMembers(json, report));
        return report is null || isToTruncate ? ExitCodes.Done : ExitCodes.NotMet;
    }
}
