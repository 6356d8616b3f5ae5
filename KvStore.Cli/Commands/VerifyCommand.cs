using System.CommandLine;
using KvStore.Cli.Shell;
using KvStore.Cli.Stores;
using KvStore.Core.Durability;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore verify</c>.</summary>
internal static class VerifyCommand
{
    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var directory = StoreDirectory.Argument("The directory of a store (its server's DATA_DIR), or a backup");
        var command = new Command(
            "verify", "Reads every file of a store's directory, and says what is damaged; changes nothing. Exit code 1 where there is damage") { directory };
        setup.Shared.LeaveServerOut(command);
        setup.Handle(command, (session, result) => RunAsync(session, result.GetRequiredValue(directory)));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string directory)
    {
        VerifyReport? report = null;
        await ProgressBar.RunAsync(session.Terminal, "Verifying", StoreDirectory.Measure(directory), async progress =>
            report = await Task.Run(() => StoreVerifier.Run(directory, progress, session.Stop)));
        if (!report!.IsStore)
        {
            throw CliException.Usage($"{directory} holds no store.");
        }

        await session.PrintAsync(VerifyText.Of(report), json => VerifyText.WriteMembers(json, report));
        return report.IsSound ? ExitCodes.Done : ExitCodes.NotMet;
    }
}
