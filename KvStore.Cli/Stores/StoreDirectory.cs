using System.CommandLine;
using KvStore.Cli.Shell;

namespace KvStore.Cli.Stores;

/// <summary>The directory that a command is about.</summary>
internal static class StoreDirectory
{
    /// <summary>The argument that names it.</summary>
    public static Argument<string> Argument(string description)
    {
        var argument = new Argument<string>("dir") { Description = description };
        argument.Validators.Add(OptionRules.MustNameFile);
        return argument;
    }

    /// <summary>Bytes of its files: about what is read of them.</summary>
    /// <exception cref="CliException">It is no directory.</exception>
    public static long Measure(string directory)
    {
        MustExist(directory);
        return new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
    }

    /// <summary>Refuses what is no directory.</summary>
    /// <exception cref="CliException">It is none.</exception>
    public static void MustExist(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw CliException.Usage($"{directory} is no directory.");
        }
    }
}
