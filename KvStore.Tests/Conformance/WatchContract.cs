using System.Globalization;
using System.Text;
using KvStore.Tests.Support;

namespace KvStore.Tests.Conformance;

/// <summary>What tests of watches have: a service, its client, and events as text.</summary>
public abstract class WatchContract : IDisposable
{
    private readonly Lazy<ServiceClient> _client;

    protected WatchContract() => _client = new(() => new ServiceClient(Service.Address));

    /// <summary>The service; it starts when it is first asked for something.</summary>
    protected ServiceFactory Service { get; } = new();

    private protected ServiceClient Client => _client.Value;

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        Service.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected Task<WatchStream> WatchAsync(string query = "") => WatchStream.OpenAsync(Service.Address, query);

    /// <summary>An event as text; only the time, which nobody knows beforehand, is left out.</summary>
    private protected static string Text(WatchEvent? change)
    {
        change.Should().NotBeNull("there is one more event");
        var data = change!.Data.GetRawText();
        var time = change.Data.TryGetProperty("timestamp", out var timestamp) ? timestamp.GetRawText() : "";
        var text = new StringBuilder(data);
        return string.Create(CultureInfo.InvariantCulture, $"{change.Id} {change.Type} {(time.Length == 0 ? text : text.Replace($":{time}", ":..."))}");
    }
}
