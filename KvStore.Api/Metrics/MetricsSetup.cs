using System.Diagnostics.Metrics;
using KvStore.Api.Hosting;
using KvStore.Core.Store;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>Wires instruments, the OpenTelemetry SDK that aggregates them, and where they go.</summary>
internal static class MetricsSetup
{
    /// <summary>The meter of all the service's own instruments.</summary>
    public const string MeterName = "KvStore";

    /// <summary>Whether nothing is counted or timed, and <c>/metrics</c> is empty.</summary>
    /// <remarks>For <c>bench/run.sh metrics</c> alone, which measures what metrics cost requests. Set by the AppContext switch
    /// <c>KvStore.Benchmark.WithoutMetrics</c>; read once.</remarks>
    public static readonly bool IsOff = AppContext.TryGetSwitch("KvStore.Benchmark.WithoutMetrics", out var isOn) && isOn;

    private const string KestrelMeter = "Microsoft.AspNetCore.Server.Kestrel";
    private const string ActiveConnections = "kestrel.active_connections";
    private const string RejectedConnections = "kestrel.rejected_connections";

    /// <summary>
    /// Adds metrics for <c>/metrics</c>; and, where the standard <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, sends them and
    /// traces there.
    /// </summary>
    /// <exception cref="Options.SettingsException">That variable is not a URL.</exception>
    public static void AddKvStoreMetrics(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var exportsOtlp = OtlpExport.IsAsked(builder.Configuration);
        services.AddSingleton<HttpMetrics>();
        services.AddSingleton<MetricsCollector>();
        services.AddSingleton(provider => BuildMeters(provider, exportsOtlp));
        if (exportsOtlp)
        {
            OtlpExport.AddTraces(services);
        }
    }

    /// <summary>Starts collecting. Must be called before the server starts, or its first connections are not counted.</summary>
    public static void StartMetrics(this WebApplication app)
    {
        if (IsOff)
        {
            return;
        }

        var services = app.Services;
        services.GetRequiredService<MeterProvider>();

        var recovery = services.GetRequiredService<StoreRecovery>();
        var meter = services.GetRequiredService<IMeterFactory>().Create(MeterName);
        StoreMetrics.Add(meter, services.GetRequiredService<IKeyValueStore>(), () => recovery.IsRecovering);
        NodeMetrics.Add(meter, services);
        ProcessMetrics.Add(meter);
        if (recovery.Directory is { } directory)
        {
            services.GetRequiredService<DurabilityMetrics>().Observe(directory);
        }
    }

    private static MeterProvider BuildMeters(IServiceProvider services, bool exportsOtlp)
    {
        var ours = services.GetRequiredService<IMeterFactory>();
        var builder = Sdk.CreateMeterProviderBuilder()
            .AddMeter(MeterName, KestrelMeter)
            .AddView(instrument => Select(instrument, ours))
            .AddReader(services.GetRequiredService<MetricsCollector>().Reader);
        if (exportsOtlp)
        {
            OtlpExport.AddMetrics(builder);
        }

        return builder.Build();
    }

    /// <summary>Of Kestrel's instruments takes two, each as one series; of other hosts in this process takes none.</summary>
    private static MetricStreamConfiguration? Select(Instrument instrument, IMeterFactory ours)
    {
        if (!ReferenceEquals(instrument.Meter.Scope, ours))
        {
            return MetricStreamConfiguration.Drop;
        }

        return instrument switch
        {
            { Meter.Name: MeterName } => null,
            { Name: ActiveConnections or RejectedConnections } => new MetricStreamConfiguration { TagKeys = [] },
            _ => MetricStreamConfiguration.Drop,
        };
    }
}
