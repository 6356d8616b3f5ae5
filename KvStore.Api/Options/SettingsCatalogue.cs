using System.Reflection;

namespace KvStore.Api.Options;

/// <summary>Every setting of the service, read from the options classes: the source of binding, <c>--help</c> and the README's table.</summary>
internal static class SettingsCatalogue
{
    /// <summary>The section above all sections.</summary>
    public const string Root = "KvStore";

    private const string DataDir = $"{Root}:Store:{nameof(StoreOptions.DataDir)}";

    private static readonly (string Section, Type Type)[] Sections =
    [
        ("Server", typeof(ServerOptions)),
        ("Limits", typeof(LimitsOptions)),
        ("Lifecycle", typeof(LifecycleOptions)),
        ("Store", typeof(StoreOptions)),
        ("Durability", typeof(DurabilitySettings)),
        ("Changes", typeof(ChangesOptions)),
    ];

    // Settings of features that this version does not have. To ignore one would, say, lose data that was to be kept.
    private static readonly string[] Unsupported = ["REDIS_ADDR", "PRIMARY_URL", "REPLICA_URLS"];

    /// <summary>Every setting, in the order of the options classes.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [.. Sections.SelectMany(section => Describe(section.Section, section.Type))];

    /// <summary>Adds the options classes to the services, bound and validated.</summary>
    /// <exception cref="SettingsException">A setting is wrong, unknown or not supported.</exception>
    public static void AddSettings(this IServiceCollection services, IConfiguration configuration)
    {
        var errors = Unsupported
            .Where(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            .Select(name => $"{name} is set, but this version has only one node with a store of its own: unset it.")
            .ToList();
        errors.AddRange(UnknownNames(configuration));

        foreach (var (section, type) in Sections)
        {
            var options = Activator.CreateInstance(type)!;
            foreach (var setting in Describe(section, type))
            {
                if (configuration[setting.Path] is { } text && setting.Apply(options, text) is { } error)
                {
                    errors.Add(error);
                }
            }

            services.AddSingleton(type, options);
        }

        errors.AddRange(WithoutDirectory(configuration));

        if (errors.Count > 0)
        {
            throw new SettingsException(string.Join(Environment.NewLine, errors));
        }
    }

    /// <summary>Whether <paramref name="path"/> holds settings, and so cannot be one.</summary>
    public static bool IsSection(string path) =>
        All.Any(setting => setting.Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase));

    /// <summary>The settings of a section, for those that add services by them.</summary>
    public static T Settings<T>(this IServiceCollection services) where T : class =>
        (T)services.Single(service => service.ServiceType == typeof(T)).ImplementationInstance!;

    /// <summary>Who says how the store is to be kept, and not where, is not to find out at the first restart that it was not.</summary>
    private static IEnumerable<string> WithoutDirectory(IConfiguration configuration) =>
        string.IsNullOrEmpty(configuration[DataDir])
            ? Describe("Durability", typeof(DurabilitySettings))
                .Where(setting => configuration[setting.Path] is not null)
                .Select(setting => $"{setting.Path} is set, but without {DataDir} (DATA_DIR) nothing is kept: set that too, or unset it.")
            : [];

    private static IEnumerable<Setting> Describe(string section, Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => new Setting(section, property, defaults));
    }

    private static IEnumerable<string> UnknownNames(IConfiguration configuration) =>
        configuration.GetSection(Root).AsEnumerable()
            .Where(entry => entry.Value is not null && !IsSection(entry.Key))
            .Where(entry => !All.Any(setting => setting.Path.Equals(entry.Key, StringComparison.OrdinalIgnoreCase)))
            .Select(entry => $"{entry.Key} is not a setting. --help lists them.");
}

/// <summary>A setting is wrong. The message is one line for each, for the person who starts the service.</summary>
internal sealed class SettingsException(string message) : Exception(message);
