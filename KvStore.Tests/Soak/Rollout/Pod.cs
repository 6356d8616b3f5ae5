using System.Globalization;
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
    /// <param name="number">The last byte of its address, 1 to 254.</param>
    /// <param name="port">The port that all pods have.</param>
    /// <param name="grpcPort">The port that all pods have, for gRPC.</param>
    /// <param name="settings">Any other settings.</param>
    public static async Task<Pod> StartAsync(int number, int port, int grpcPort, params (string Name, string Value)[] settings) =>
        new(await ServiceProcess.StartAsync("",
        [
            ("KvStore__Server__Address", $"127.0.1.{number}"),
            ("PORT", port.ToString(CultureInfo.InvariantCulture)),
            ("GRPC_PORT", grpcPort.ToString(CultureInfo.InvariantCulture)),
            .. settings,
        ]));

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

    /// <summary>Sends SIGTERM, and waits for nothing.</summary>
    public void Terminate() => _process.Terminate();

    /// <summary>Ends it as the kubelet does: SIGTERM, and SIGKILL when the grace period is over.</summary>
    /// <returns>The exit code: 137 where it had to be killed.</returns>
    public async Task<int> EndAsync()
    {
        Terminate();
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
