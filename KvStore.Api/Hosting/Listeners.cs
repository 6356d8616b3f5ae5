using System.Net;
using KvStore.Api.Options;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Api.Hosting;

/// <summary>Opens the ports that the settings ask for.</summary>
internal static class Listeners
{
    /// <summary>Listens on the service's port, or the given URLs, and on the metrics port.</summary>
    /// <param name="kestrel">The server.</param>
    /// <param name="options">The settings.</param>
    /// <param name="urls">URLs that replace address and port, separated by semicolons; null or empty for none.</param>
    /// <exception cref="SettingsException">An address is not one.</exception>
    public static void ListenOn(this KestrelServerOptions kestrel, ServerOptions options, string? urls)
    {
        if (string.IsNullOrEmpty(urls))
        {
            Listen(kestrel, options.Address, options.HttpPort, "KvStore:Server:Address");
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
            Listen(kestrel, options.Address, options.MetricsPort, "KvStore:Server:Address");
        }
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

    private static void Listen(KestrelServerOptions kestrel, string host, int port, string setting)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            kestrel.Listen(address, port, UseHttp1);
        }
        else if (host is "*" or "+")
        {
            kestrel.ListenAnyIP(port, UseHttp1);
        }
        else if (!host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            throw new SettingsException($"{setting} is '{host}', but must be an IP address, localhost or *.");
        }
        else if (port == 0)
        {
            // Two sockets, one for each family, could not be given the same free port.
            kestrel.Listen(IPAddress.Loopback, port, UseHttp1);
        }
        else
        {
            kestrel.ListenLocalhost(port, UseHttp1);
        }
    }

    private static void UseHttp1(ListenOptions listener) => listener.Protocols = HttpProtocols.Http1;
}
