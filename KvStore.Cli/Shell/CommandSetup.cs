using System.CommandLine;

namespace KvStore.Cli.Shell;

/// <summary>What every command is made with.</summary>
/// <param name="Shared">The options that all have.</param>
/// <param name="Terminal">Where it reads and writes.</param>
internal sealed record CommandSetup(SharedOptions Shared, Terminal Terminal)
{
    /// <summary>Says what a command does.</summary>
    public void Handle(Command command, Func<Session, ParseResult, Task<int>> runAsync) => command.SetAction(async (result, stop) =>
    {
        using var session = new Session(Shared, result, Terminal, stop);
        return await runAsync(session, result);
    });
}
