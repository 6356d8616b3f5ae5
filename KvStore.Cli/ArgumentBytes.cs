using System.Text.Unicode;

namespace KvStore.Cli;

/// <summary>Sees to it that arguments are what was given, and not what the runtime made of it.</summary>
internal static class ArgumentBytes
{
    // What the runtime puts in place of bytes that are not UTF-8, so that another key or value would be stored than was meant.
    private const char Replacement = '\uFFFD';

    // Where Linux keeps the bytes; elsewhere they are not to be had.
    private const string OfProcess = "/proc/self/cmdline";

    /// <summary>Refuses arguments that are not UTF-8.</summary>
    /// <exception cref="CliException">One is not.</exception>
    public static void Check(string[] arguments)
    {
        if (arguments.Any(argument => argument.Contains(Replacement)) && File.Exists(OfProcess) && !Utf8.IsValid(File.ReadAllBytes(OfProcess)))
        {
            throw CliException.Usage("An argument is not text in UTF-8. A value of other bytes can come from standard input or from --file.");
        }
    }
}
