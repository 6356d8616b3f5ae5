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

    private Action<IServiceCollection>? _replace;

    public ServiceFactory()
    {
        UseKestrel();
    }

    /// <summary>The service's address; starts it when first asked.</summary>
    public Uri Address => Listen(addresses => addresses.First());

    /// <summary>Where it takes gRPC calls; starts it when first asked.</summary>
    public Uri GrpcAddress => Listen(addresses => addresses.Last());

    /// <summary>Gives a setting, such as <c>KvStore:Limits:MaxKeyBytes</c>, before the start.</summary>
    public ServiceFactory With(string setting, object value)
    {
        _settings[setting] = FormattableString.Invariant($"{value}");
        return this;
    }

    /// <summary>Replaces services before the start.</summary>
    public ServiceFactory With(Action<IServiceCollection> replace)
    {
        _replace += replace;
        return this;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.ConfigureServices(services => _replace?.Invoke(services));
        foreach (var (setting, value) in _settings)
        {
            builder.UseSetting(setting, value);
        }
    }

    /// <summary>Starts it; its addresses are in the order of its listeners: the service's first, gRPC's last.</summary>
    private Uri Listen(Func<ICollection<string>, string> choose)
    {
        StartServer();
        return new Uri(choose(Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses));
    }
}
