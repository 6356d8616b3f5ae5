using KvStore.Api.Options;

namespace KvStore.Api.Hosting;

/// <summary>Makes the application's builder, with the settings' sources in their order.</summary>
internal static class ServiceBuilder
{
    /// <summary>Makes the builder.</summary>
    /// <exception cref="SettingsException">A command-line option is wrong.</exception>
    public static WebApplicationBuilder Create(string[] args)
    {
        var commandLine = SettingsSources.ReadCommandLine(args);
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            // The host needs its own options before any source is added.
            Args = [.. commandLine.Select(option => $"--{option.Key}={option.Value}")],
            ContentRootPath = commandLine.GetValueOrDefault("contentRoot") ?? AppContext.BaseDirectory,
        });
        builder.Configuration.AddSettingsSources(commandLine);
        return builder;
    }
}
