using System.Reflection;
using KvStore.Api.Options;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace KvStore.Api.Hosting;

/// <summary>Logs to stdout: JSON for machines, plain lines at a terminal.</summary>
internal static partial class Logging
{
    /// <summary>The service's version, without that of its source.</summary>
    public static string Version { get; } = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+')[0];

    /// <summary>Adds the console logger in the form that suits stdout.</summary>
    public static void AddConsoleLogging(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        if (Console.IsOutputRedirected)
        {
            logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
    }

    /// <summary>Logs one line when the service is up: what it is, where it listens and what it takes.</summary>
    public static void LogStart(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("KvStore.Api");
        var limits = app.Services.GetRequiredService<LimitsOptions>();
        var store = app.Services.GetRequiredService<StoreOptions>();
        var place = store.DataDir.Length == 0 ? "in memory"
            : $"kept in {store.DataDir} with sync {app.Services.GetRequiredService<DurabilitySettings>().Sync}";
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            // In the order that Listeners opened them in.
            string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
            LogListening(log, Version, string.Join(", ", addresses[..^1]), addresses[^1], store.Role, place, limits.MaxKeyBytes, limits.MaxValueBytes);
        });
    }

    [LoggerMessage(1, LogLevel.Information,
        "KvStore {Version} listening on {Addresses}, gRPC on {GrpcAddress}; {Role}, {Place}; keys to {MaxKeyBytes} bytes, values to {MaxValueBytes} bytes")]
    private static partial void LogListening(
        ILogger log, string version, string addresses, string grpcAddress, string role, string place, int maxKeyBytes, int maxValueBytes);
}
