using Microsoft.Extensions.Configuration.Json;

namespace KvStore.Api.Options;

/// <summary>
/// Where settings come from, each overriding the one before: defaults, appsettings.json, short environment variables
/// (<c>PORT</c>), full ones (<c>KvStore__Server__HttpPort</c>), the command line.
/// </summary>
internal static class SettingsSources
{
    // What the host itself takes on the command line.
    private static readonly string[] HostOptions = ["urls", "environment", "contentRoot", "applicationName", "webRoot"];
    private static readonly string[] HostSections = ["Logging:"];

    /// <summary>Whether the user asks for help.</summary>
    public static bool IsHelp(string[] args) => args is ["--help" or "-help" or "-h" or "-?", ..];

    /// <summary>Reads command-line options: <c>--name value</c>, <c>--name=value</c>, with one dash or two.</summary>
    /// <returns>Configuration paths with their values.</returns>
    /// <exception cref="SettingsException">An option is unknown or has no value.</exception>
    public static Dictionary<string, string?> ReadCommandLine(string[] args)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < args.Length; i++)
        {
            var option = args[i];
            var name = option.TrimStart('-');
            var equals = name.IndexOf('=', StringComparison.Ordinal);
            if (name.Length == option.Length || option.Length - name.Length > 2)
            {
                throw new SettingsException($"'{option}' is not an option. --help lists them.");
            }

            if (equals < 0 && i + 1 == args.Length)
            {
                throw new SettingsException($"{option} needs a value.");
            }

            var value = equals < 0 ? args[++i] : name[(equals + 1)..];
            values[PathOf(equals < 0 ? name : name[..equals], option)] = value;
        }

        return values;
    }

    /// <summary>Adds the short environment variables below the full ones, and the command line above all.</summary>
    public static void AddSettingsSources(this ConfigurationManager configuration, Dictionary<string, string?> commandLine)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;
        var afterFiles = sources.IndexOf(sources.LastOrDefault(source => source is JsonConfigurationSource)!) + 1;
        sources.Insert(afterFiles, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = ReadShortVariables(),
        });
        configuration.AddInMemoryCollection(commandLine);
    }

    private static Dictionary<string, string?> ReadShortVariables()
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in SettingsCatalogue.All)
        {
            foreach (var alias in setting.Aliases)
            {
                if (Environment.GetEnvironmentVariable(alias) is { Length: > 0 } value)
                {
                    values[setting.Path] = value;
                }
            }
        }

        return values;
    }

    private static string PathOf(string name, string option)
    {
        var setting = SettingsCatalogue.All.FirstOrDefault(setting =>
            setting.Path.Equals(name, StringComparison.OrdinalIgnoreCase)
            || setting.Aliases.Contains(name, StringComparer.Ordinal));
        if (setting is not null)
        {
            return setting.Path;
        }

        // The host's test tooling passes sections on as options without a value.
        var isHosts = SettingsCatalogue.IsSection(name)
            || HostOptions.Contains(name, StringComparer.OrdinalIgnoreCase)
            || HostSections.Any(section => name.StartsWith(section, StringComparison.OrdinalIgnoreCase));
        return isHosts ? name : throw new SettingsException($"'{option}' is not an option. --help lists them.");
    }
}
