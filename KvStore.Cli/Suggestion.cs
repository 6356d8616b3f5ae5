namespace KvStore.Cli;

/// <summary>Asks the library for what may stand next on a command line, as the scripts of <c>kvstore completion</c> do.</summary>
internal static class Suggestion
{
    private const string Directive = "[suggest";

    /// <summary>The question with the last word's <c>--option=value</c> as two words, of the same length together: of one the library knows nothing to
    /// suggest, and throws. Any other command line stays as it is.</summary>
    public static string[] Rewrite(string[] arguments)
    {
        if (arguments is not [var directive, var line] || !directive.StartsWith(Directive, StringComparison.Ordinal))
        {
            return arguments;
        }

        var word = line.LastIndexOf(' ') + 1;
        var equals = line.IndexOf('=', word);
        return equals > 0 && line[word] == '-' ? [directive, $"{line[..equals]} {line[(equals + 1)..]}"] : arguments;
    }
}
