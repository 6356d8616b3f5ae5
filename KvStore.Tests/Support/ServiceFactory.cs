using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

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
