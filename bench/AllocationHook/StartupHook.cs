using System.Globalization;
using System.Runtime.InteropServices;

/// <summary>
/// Has any .NET process tell how much it has allocated, without a change to it. Loaded with <c>DOTNET_STARTUP_HOOKS</c>; each
/// SIGUSR1 adds a line, the bytes allocated since the start, to the file named by <c>ALLOCATION_FILE</c>.
/// </summary>
#pragma warning disable MA0047 // The runtime looks for this class outside any namespace.
internal static class StartupHook
#pragma warning restore MA0047
{
    private const PosixSignal UserSignal1 = (PosixSignal)10;

    // A registration ends when it is collected.
    private static PosixSignalRegistration? _signal;

    /// <summary>What the runtime calls before Main.</summary>
    public static void Initialize()
    {
        var file = Environment.GetEnvironmentVariable("ALLOCATION_FILE")!;
        _signal = PosixSignalRegistration.Create(UserSignal1, context =>
        {
            // The default would end the process.
            context.Cancel = true;
            File.AppendAllText(file, GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture) + '\n');
        });
    }
}
