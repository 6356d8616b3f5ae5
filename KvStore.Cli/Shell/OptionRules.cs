using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace KvStore.Cli.Shell;

/// <summary>What the values of options must be.</summary>
internal static class OptionRules
{
    /// <summary>Holds an option to a rule, where it is given.</summary>
    /// <param name="option">The option.</param>
    /// <param name="rule">The rule, to follow "must be".</param>
    /// <param name="isKept">Whether a value keeps to it.</param>
    public static void MustBe<T>(this Option<T> option, string rule, Predicate<T> isKept) => option.Validators.Add(result =>
    {
        if (result is { Implicit: false, Tokens.Count: > 0 } && !IsKept(result, isKept))
        {
            result.AddError($"{option.Name} must be {rule}.");
        }
    });

    /// <summary>Holds an option to a number of seconds, as the library would not: it reads 1,5 as 15.</summary>
    public static void MustBeSeconds(this Option<double?> option, double most) => option.CustomParser = result =>
    {
        const NumberStyles styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (double.TryParse(result.Tokens[0].Value, styles, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 && seconds <= most)
        {
            return seconds;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be a number of seconds above 0, and at most {most}."));
        return null;
    };

    /// <summary>Refuses two options beside each other.</summary>
    public static void Exclude(this Command command, Option one, Option other) => command.Validators.Add(result =>
    {
        if (result.GetResult(one) is { Implicit: false } && result.GetResult(other) is { Implicit: false })
        {
            result.AddError($"{one.Name} cannot be combined with {other.Name}.");
        }
    });

    /// <summary>Refuses the name of a file that is none.</summary>
    public static void MustNameFile(SymbolResult result)
    {
        if (result.Tokens is [{ Value: "" }])
        {
            result.AddError("The name of a file must not be empty.");
        }
    }

    private static bool IsKept<T>(OptionResult result, Predicate<T> isKept)
    {
        try
        {
            return result.GetValueOrDefault<T>() is { } value && isKept(value);
        }
        catch (InvalidOperationException)
        {
            // It is no value at all.
            return false;
        }
    }
}
