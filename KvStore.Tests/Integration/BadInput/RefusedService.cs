using System.Text;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.BadInput;

/// <summary>A running service, and the one thing that all bad input must leave as it was: the store.</summary>
public abstract class RefusedService(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    private protected ServiceFactory Service { get; } = service;

    /// <summary>Sends a request, and checks that nothing was written and that the service still answers.</summary>
    private protected RawAnswer Refuse(string request) => Refuse(Encoding.Latin1.GetBytes(request));

    private protected RawAnswer Refuse(byte[] request)
    {
        var answer = RawConnection.Exchange(Service.Address, request);
        answer.Status.Should().BeLessThan(500);
        StoreShouldBeUntouched();
        return answer;
    }

    private protected void StoreShouldBeUntouched()
    {
        var ready = RawConnection.Exchange(Service.Address, "GET /ready HTTP/1.1\r\nHost: a\r\n\r\n");
        ready.Status.Should().Be(200);
        JsonDocument.Parse(ready.Body).RootElement.GetProperty("revision").GetInt64().Should().Be(0, "nothing was written");
    }

    /// <summary>A whole POST /set of <paramref name="body"/>.</summary>
    private protected static byte[] Post(byte[] body, string contentType = "application/json", string path = "/set") =>
        [.. Encoding.Latin1.GetBytes($"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    private protected static byte[] Post(string body, string contentType = "application/json") => Post(Encoding.UTF8.GetBytes(body), contentType);
}
