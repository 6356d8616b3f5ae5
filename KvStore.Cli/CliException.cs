namespace KvStore.Cli;

/// <summary>A command ends with an error that is expected.</summary>
/// <param name="exitCode">How; one of <see cref="ExitCodes"/>.</param>
/// <param name="message">Why, in one sentence.</param>
/// <param name="cause">What caused it.</param>
internal sealed class CliException(int exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How the program ends.</summary>
    public int ExitCode => exitCode;

    /// <summary>The command line, or what it names, is wrong.</summary>
    public static CliException Usage(string message) => new(ExitCodes.Usage, message);
}
