using System.Net;
using KvStore.Api.Options;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Api.Hosting;

/// <summary>Opens the ports that the settings ask for.</summary>
internal static class Listeners
{
    private const string AddressSetting = "KvStore:Server:Address";

    /// <summary>Listens on the service's port, or the given URLs; on the metrics port; and on the gRPC port.</summary>
    /// <remarks>All but the last speak HTTP/1.1, and the last HTTP/2 alone: so a request's version tells what it is.</remarks>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">The settings.</param>
    /// <param name="urls">URLs that replace address and port, separated by semicolons; null or empty for none.</param>
    /// <exception cref="SettingsException">An address is not one.</exception>
    public static void ListenOn(this KestrelServerOptions kestrel, ServerOptions options, string? urls)
    {
        if (string.IsNullOrEmpty(urls))
        {
            Listen(kestrel, options.Address, options.HttpPort, AddressSetting);
        }
        else
        {
            foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                ListenOnUrl(kestrel, url);
            }
        }

        if (options.MetricsPort != 0)
        {
            Listen(kestrel, options.Address, options.MetricsPort, AddressSetting);
        }

        Listen(kestrel, options.Address, options.GrpcPort, AddressSetting, HttpProtocols.Http2);
    }

    private static void ListenOnUrl(KestrelServerOptions kestrel, string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            throw new SettingsException($"urls has '{url}', but must be URLs such as http://localhost:8080.");
        }

        if (!address.Scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase))
        {
            throw new SettingsException($"urls has '{url}', but only http is served: put TLS in front.");
        }

        Listen(kestrel, address.Host.Trim('[', ']'), address.Port, "urls");
    }

    private static void Listen(
        KestrelServerOptions kestrel, string host, int port, string setting, HttpProtocols protocol = HttpProtocols.Http1)
    {
        void Use(ListenOptions listener) => listener.Protocols = protocol;

        if (IPAddress.TryParse(host, out var address))
        {
            kestrel.Listen(address, port, Use);
        }
        else if (host is "*" or "+")
        {
            kestrel.ListenAnyIP(port, Use);
        }
        else if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            throw new SettingsException($"{setting} is '{host}', but must be an IP address, localhost or *.");
        }
        else if (port == 0)
        {
            // Two sockets, one for each family, could not be given the same free port.
            kestrel.Listen(IPAddress.Loopback, port, Use);
        }
        else
        {
            kestrel.ListenLocalhost(port, Use);
        }
    }
}
