using System.Net;
using System.Net.Sockets;

namespace KvStore.Tests.Support;

/// <summary>Finds ports for those who have to be told one.</summary>
internal static class FreePort
{
    /// <summary>A port of the loopback address that nobody listens on now.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
