using System.CommandLine;

namespace KvStore.Cli.Commands;

/// <summary>The arguments that say which keys a command is about.</summary>
internal sealed class KeySelection
{
    private readonly Argument<string> _prefix = new("prefix")
    {
        Description = "How the keys begin",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _suffix = new("--suffix")
    {
        Description = "How the keys end",
        HelpName = "text",
        DefaultValueFactory = _ => "",
    };

    /// <summary>Adds the arguments to a command.</summary>
    public KeySelection(Command command)
    {
        command.Arguments.Add(_prefix);
        command.Options.Add(_suffix);
    }

    /// <summary>How the keys begin; empty = in any way.</summary>
    public string Prefix(ParseResult result) => result.GetRequiredValue(_prefix);

    /// <summary>How the keys end; empty = in any way.</summary>
    public string Suffix(ParseResult result) => result.GetRequiredValue(_suffix);

    /// <summary>Whether all keys are meant.</summary>
    public bool IsAll(ParseResult result) => Prefix(result).Length == 0 && Suffix(result).Length == 0;
}
