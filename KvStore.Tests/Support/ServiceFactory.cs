using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace KvStore.Tests.Support;

/// <summary>The service in this process, on Kestrel and a free port of the loopback address: requests cross a real socket.</summary>
public sealed class ServiceFactory : WebApplicationFactory<Program>
{
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal)
    {
        ["KvStore:Server:HttpPort"] = "0",
        ["KvStore:Server:GrpcPort"] = "0",
    };

    public ServiceFactory()
    {
        UseKestrel();
    }

    /// <summary>The service's address; starts it when first asked.</summary>
    public Uri Address
    {
        get
        {
            StartServer();
            return ClientOptions.BaseAddress;
        }
    }

    /// <summary>Where it takes gRPC calls; starts it when first asked.</summary>
    public Uri GrpcAddress
    {
        get
        {
            StartServer();

            // The last of the listeners.
            return new Uri(Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Last());
        }
    }

    /// <summary>Gives a setting, such as <c>KvStore:Limits:MaxKeyBytes</c>, before the start.</summary>
    public ServiceFactory With(string setting, object value)
    {
        _settings[setting] = FormattableString.Invariant($"{value}");
        return this;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (setting, value) in _settings)
        {
            builder.UseSetting(setting, value);
        }
    }
}
