namespace KvStore.Cli;

/// <summary>Understands the flags of the client that came first, <c>-op=set -key=a -value=b</c>, as the commands that took their place.</summary>
internal static class SeedArguments
{
    private const string Op = "op", Key = "key", Value = "value", Pattern = "pattern";
    private static readonly string[] Passed = ["server", "output", "timeout"];
    private static readonly string[] Known = [Op, Key, Value, Pattern, .. Passed];

    /// <summary>The command line as a command; one that has not these flags, and them alone, stays as it is.</summary>
    /// <exception cref="CliException">A flag is missing, or says what there is not.</exception>
    public static IReadOnlyList<string> Rewrite(IReadOnlyList<string> arguments)
    {
        if (!TryReadFlags(arguments, out var flags) || !flags.TryGetValue(Op, out var op))
        {
            return arguments;
        }

        string[] command = op switch
        {
            "get" => ["get", .. Shared(flags), "--", Need(flags, op, Key)],
            "set" => ["set", .. Shared(flags), "--literal", "--", Need(flags, op, Key), Need(flags, op, Value)],
            "delete" => ["del", .. Shared(flags), "--", Need(flags, op, Key)],
            "subscribe" => ["watch", .. Shared(flags), "--", Need(flags, op, Pattern)],
            _ => throw CliException.Usage($"-op must be set, get, delete or subscribe, not '{op}'."),
        };
        return command;
    }

    /// <summary>Reads flags as Go does: with one dash or two, and the value behind <c>=</c> or as the next argument.</summary>
    private static bool TryReadFlags(IReadOnlyList<string> arguments, out Dictionary<string, string> flags)
    {
        flags = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i++)
        {
            var flag = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..]
                : arguments[i].StartsWith('-') ? arguments[i][1..]
                : "";
            var end = flag.IndexOf('=', StringComparison.Ordinal);
            var name = end < 0 ? flag : flag[..end];
            if (!Known.Contains(name, StringComparer.Ordinal) || (end < 0 && ++i == arguments.Count))
            {
                return false;
            }

            flags[name] = end < 0 ? arguments[i] : flag[(end + 1)..];
        }

        return true;
    }

    private static IEnumerable<string> Shared(Dictionary<string, string> flags) =>
        Passed.Where(flags.ContainsKey).SelectMany(name => (string[])[$"--{name}", flags[name]]);

    private static string Need(Dictionary<string, string> flags, string op, string name) =>
        flags.TryGetValue(name, out var value) ? value : throw CliException.Usage($"-op={op} needs -{name}.");
}
