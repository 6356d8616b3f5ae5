namespace KvStore.Cli;

/// <summary>What the program's exit codes mean. Scripts rely on them: they do not change.</summary>
internal static class ExitCodes
{
    /// <summary>It did what it was asked for.</summary>
    public const int Done = 0;

    /// <summary>The key does not exist, a condition is not met, or a store is damaged.</summary>
    public const int NotMet = 1;

    /// <summary>The command line is wrong, or a file or line that it names cannot be read or written.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, is not there now, or did not answer in time.</summary>
    public const int Unavailable = 3;

    /// <summary>The server answered with another error.</summary>
    public const int ServerError = 4;

    /// <summary>It was interrupted (Ctrl-C, SIGTERM), as shells say it: 128 and the signal's number.</summary>
    public const int Interrupted = 130;

    /// <summary>Who read what it prints has gone, as shells say it.</summary>
    public const int NoReader = 141;

    /// <summary>What <c>--help</c> says of them.</summary>
    public const string Help = """
        Exit codes:
          0    done
          1    the key does not exist, or a condition (--if-revision, --if-absent) is not met; verify, repair: there is damage
          2    wrong usage, or a file or line that cannot be read or written
          3    the server cannot be reached, is unavailable, or did not answer within --timeout
          4    any other error from the server
          130  interrupted (Ctrl-C, SIGTERM); watch, which ends no other way, ends with 0
          141  whoever read the output has gone
        """;
}
