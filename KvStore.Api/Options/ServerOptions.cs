using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KvStore.Api.Options;

/// <summary>Where the service listens: section <c>KvStore:Server</c>.</summary>
internal sealed class ServerOptions
{
    /// <summary>The address to listen on.</summary>
    [Description("Address to listen on: an IP address, `localhost`, or `*` for every address. In a container the default is `*`.")]
    [DefaultValue("localhost")]
    public string Address { get; set; } = ServerDefaults.Address;

    /// <summary>The HTTP port.</summary>
    [Description("HTTP port; 0 takes a free one. `ASPNETCORE_URLS` or `--urls`, where given, replace address and port.")]
    [Range(0, 65_535)]
    [Alias("PORT", "HTTP_PORT", "http-port")]
    public int HttpPort { get; set; } = 8080;

    /// <summary>The gRPC port.</summary>
    [Description("gRPC port, HTTP/2 without TLS; 0 takes a free one.")]
    [Range(0, 65_535)]
    [Alias("GRPC_PORT", "grpc-port")]
    public int GrpcPort { get; set; } = 50_051;

    /// <summary>The port of a second listener with metrics, health and administration alone; 0 = none.</summary>
    [Description("Port of a second listener that serves `/metrics`, health and `/admin` alone; 0 is off.")]
    [Range(0, 65_535)]
    [Alias("METRICS_PORT", "metrics-port")]
    public int MetricsPort { get; set; }
}
