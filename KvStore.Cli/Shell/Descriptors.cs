namespace KvStore.Cli.Shell;

/// <summary>What the program was started with.</summary>
internal static class Descriptors
{
    // O_CLOEXEC of Linux, as proc(5) prints flags: in octal.
    private const int CloseOnExec = 0x80000;
    private const string Flags = "flags:";

    /// <summary>Whether a file descriptor was open when the program began.</summary>
    /// <remarks>One that was not is a pipe of the runtime's own by now, on which to read would be to wait for ever, and to write to upset it. Those are
    /// closed where another program is executed; what has come by that cannot be.</remarks>
    public static bool IsInherited(int descriptor)
    {
        try
        {
            var line = File.ReadLines(FormattableString.Invariant($"/proc/self/fdinfo/{descriptor}")).FirstOrDefault(
                line => line.StartsWith(Flags, StringComparison.Ordinal));
            return line is null || (Convert.ToInt32(line[Flags.Length..].Trim(), 8) & CloseOnExec) == 0;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            // No Linux.
            return true;
        }
    }
}
