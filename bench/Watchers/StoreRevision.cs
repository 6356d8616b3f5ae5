using System.Globalization;
using System.Text.Json;

namespace Watchers;

/// <summary>The server's last revision.</summary>
internal static class StoreRevision
{
    // As long as writes take whose client has gone without their answers.
    private static readonly TimeSpan Settled = TimeSpan.FromMilliseconds(200);

    /// <summary>The last revision, once there are no more writes.</summary>
    public static async Task<long> SettleAsync(int port)
    {
        using var client = new HttpClient();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/ready"));
        var (last, revision) = (-1L, await ReadAsync(client, address));
        while (revision != last)
        {
            await Task.Delay(Settled);
            (last, revision) = (revision, await ReadAsync(client, address));
        }

        return revision;
    }

    private static async Task<long> ReadAsync(HttpClient client, Uri address)
    {
        using var answer = JsonDocument.Parse(await client.GetByteArrayAsync(address));
        return answer.RootElement.GetProperty("revision").GetInt64();
    }
}
