using KvStore.Cli.Shell;

namespace KvStore.Cli;

/// <summary>The program.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using var interruption = new Interruption();
        return await CommandLine.RunAsync(arguments, Terminal.OfProcess(), interruption.Token);
    }
}
