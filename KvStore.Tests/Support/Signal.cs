using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KvStore.Tests.Support;

/// <summary>Signals to processes, by their numbers.</summary>
internal static partial class Signal
{
    public const int Hangup = 1, Interrupt = 2, Kill = 9, Terminate = 15;

    /// <summary>Sends one to a process that runs.</summary>
    public static void Send(Process process, int signal) => SendTo(process.Id, signal).Should().Be(0);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendTo(int processId, int signal);
}
