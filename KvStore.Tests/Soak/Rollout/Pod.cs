using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Soak.Rollout;

/// <summary>A process that plays a pod: an address of its own with the port that all pods have, and what the kubelet does to it.</summary>
internal sealed class Pod : IAsyncDisposable
{
    // More than the drain and the time to stop: the manifests' grace.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    private readonly ServiceProcess _process;
    private readonly HttpClient _client;

    private Pod(ServiceProcess process) => (_process, _client) = (process, new HttpClient { BaseAddress = process.Address });

    public Uri Address => _process.Address;

    public Uri GrpcAddress => _process.GrpcAddress;

    /// <summary>Starts one.</summary>
    /// <param name="settings">The ports of all, and this one's address.</param>
    public static async Task<Pod> StartAsync(params (string Name, string Value)[] settings) => new(await ServiceProcess.StartAsync("", settings));

    /// <summary>What the readiness probe says.</summary>
    public async Task<bool> IsReadyAsync() => await ReadyAsync() is not null;

    /// <summary>Its history and last revision; null where it is not ready.</summary>
    public async Task<(string HistoryId, long Revision)?> ReadyAsync()
    {
        try
        {
            using var answer = await _client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            if (!answer.IsSuccessStatusCode)
            {
                return null;
            }

            var ready = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            return (ready.GetProperty("historyId").GetString()!, ready.GetProperty("revision").GetInt64());
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Ends it as the kubelet does: SIGTERM, and SIGKILL when the grace period is over.</summary>
    /// <returns>The exit code: 137 where it had to be killed.</returns>
    public async Task<int> EndAsync()
    {
        _process.Terminate();
        var exit = _process.WaitForExitAsync();
        if (await Task.WhenAny(exit, Task.Delay(Grace)) != exit)
        {
            _process.Signal(Signal.Kill);
        }

        return await exit;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }
}
