using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using KvStore.Cli.Shell;

namespace KvStore.Cli.Commands;

/// <summary>The program: its commands, and the options that all of them have.</summary>
internal static class KvStoreCommand
{
    private const string Seed = """
        The flags of the client that came first work too:
          kvstore -op=set -key=user:123 -value="Alice Smith" [-server=localhost:50051]
          kvstore -op=get -key=user:123
          kvstore -op=subscribe -pattern=user:
        """;

    /// <summary>Makes it.</summary>
    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Talks to a KvStore server over gRPC, and looks after what it keeps on a disk.");
        var shared = new SharedOptions(root);
        var setup = new CommandSetup(shared, terminal);
        root.Subcommands.Add(GetCommand.Create(setup));
        root.Subcommands.Add(SetCommand.Create(setup));
        root.Subcommands.Add(DelCommand.Create(setup));
        root.Subcommands.Add(SearchCommand.Create(setup));
        root.Subcommands.Add(CountCommand.Create(setup));
        root.Subcommands.Add(WatchCommand.Create(setup));
        root.Subcommands.Add(ExportCommand.Create(setup));
        root.Subcommands.Add(ImportCommand.Create(setup));
        root.Subcommands.Add(BackupCommand.Create(setup));
        root.Subcommands.Add(VerifyCommand.Create(setup));
        root.Subcommands.Add(RepairCommand.Create(setup));
        root.Subcommands.Add(BenchCommand.Create(setup));
        root.Subcommands.Add(CompletionCommand.Create(terminal));
        if (root.Options.OfType<HelpOption>().FirstOrDefault() is { Action: HelpAction help } option)
        {
            option.Action = new HelpWithExitCodes(help, shared);

            // They are keys and prefixes like any other.
            option.Aliases.Remove("/h");
            option.Aliases.Remove("/?");
        }

        return root;
    }

    /// <summary>Prints the library's help without what is not for the command and then, for the program as a whole, what there is to know beside it.</summary>
    private sealed class HelpWithExitCodes(HelpAction help, SharedOptions shared) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            shared.PrepareHelp(parseResult.CommandResult.Command);
            help.Invoke(parseResult);
            if (parseResult.CommandResult.Command is RootCommand)
            {
                parseResult.InvocationConfiguration.Output.WriteLine($"{ExitCodes.Help}\n\n{Seed}");
            }

            return ExitCodes.Done;
        }
    }
}
