using System.Net;
using System.Net.Sockets;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using GetRequest = KvStore.Grpc.BigTableLite.GetRequest;
using GetResponse = KvStore.Grpc.BigTableLite.GetResponse;
using SetRequest = KvStore.Grpc.BigTableLite.SetRequest;
using SetResponse = KvStore.Grpc.BigTableLite.SetResponse;

namespace KvStore.Tests.Observability;

/// <summary>A service with all that can happen to one, on a disk, and a Prometheus server that watches it with our rules.</summary>
public sealed class ObservedService : IAsyncLifetime, IDisposable
{
    private const int MaxConnections = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly TcpClient _inProgress = new();
    private ServiceProcess? _service;
    private PrometheusServer? _prometheus;

    /// <summary>The server; skips the test where there is none on this machine.</summary>
    internal PrometheusServer Prometheus
    {
        get
        {
            RequiredTool.SkipUnless("prometheus");
            return _prometheus!;
        }
    }

    public async Task InitializeAsync()
    {
        if (RequiredTool.Find("prometheus") is not { } program)
        {
            return;
        }

        _service = await ServiceProcess.StartAsync(
            $"{DurableService.SmallFiles} --KvStore:Lifecycle:DrainSeconds=300 --KvStore:Limits:MaxWatchers=2 --KvStore:Limits:MinBytesPerSecond=0 --KvStore:Limits:MaxConnections={MaxConnections}",
            ("DATA_DIR", _folder.At("store")));
        _prometheus = await PrometheusServer.StartAsync(
            program, _folder.Path, _service.Address, [.. PrometheusRules.Files.Select(file => Path.Combine(Repository.Root, file))]);
        using var client = new ServiceClient(_service.Address);
        await DurableService.ReadyAsync(client);
        using var grpc = new GrpcClient(_service.GrpcAddress);
        using var watch = await WatchStream.OpenAsync(_service.Address, "?prefix=quiet");
        using var subscription = await grpc.SubscribeAsync(new SubscribeRequest { KeyPattern = "quiet" });
        await RequestAsync(client);
        await CallAsync(grpc);
        await CallTooLateAsync();
        await ConnectOneTooManyAsync();

        // A rate is that of what comes between two scrapes.
        await _prometheus.WaitForAsync("""kvstore_watchers == 2 and on () http_requests_received_total{endpoint="/search"} and on () grpc_server_handled_total{grpc_method="Search"}""");
        await RequestAsync(client);
        await CallAsync(grpc);

        // 5xx, and calls that are unavailable.
        _service.Terminate();
        await watch.ReadToEndAsync();
        await Until.IsTrueAsync(async () => (await client.GetAsync("/ready")).Status == 503);
        (await client.GetAsync("/watch")).Status.Should().Be(503);
        await BeginRequestAsync();
    }

    public async Task DisposeAsync()
    {
        if (_prometheus is { } prometheus)
        {
            await prometheus.DisposeAsync();
        }

        if (_service is { } service)
        {
            await service.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _inProgress.Dispose();
        _folder.Dispose();
    }

    private static async Task RequestAsync(ServiceClient client)
    {
        for (var i = 0; i < 50; i++)
        {
            (await client.PutAsync($"/kv/{i}", new string('v', 2_000))).Status.Should().BeOneOf(200, 201);
            (await client.GetAsync($"/get/{i}")).Status.Should().Be(200);
        }

        (await client.PutAsync("/kv/short?ttl=0.001", "1")).Status.Should().Be(201);
        (await client.SendAsync("DELETE", "/kv/1")).Status.Should().Be(204);
        (await client.GetAsync("/get/1")).Status.Should().Be(404);
        (await client.GetAsync("/search?prefix=1")).Status.Should().Be(200);
        (await client.GetAsync("/nothing")).Status.Should().Be(404);
        (await client.GetAsync("/watch")).Status.Should().Be(429);
        (await client.SendAsync("POST", "/admin/snapshot")).Status.Should().Be(200);
    }

    private static async Task CallAsync(GrpcClient client)
    {
        await client.SetAsync("a", "1");
        await client.SearchAsync(new SearchRequest { Prefix = "a" });
        await client.BigTableLiteAsync<SetRequest, SetResponse>("Set", new SetRequest { Key = "a", Value = "1" });
        await client.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest { Key = "a" });
        await GrpcFailure.OfAsync(client.Store.Subscribe(new SubscribeRequest { AllKeys = true }, GrpcClient.Patiently));
    }

    private async Task CallTooLateAsync()
    {
        using var raw = new RawGrpc(_service!.GrpcAddress);
        (await raw.SendAsync("/kvstore.KeyValueStore/Get", RawGrpc.Frame(), "grpc-timeout: 1n")).Status.Should().Be(StatusCode.DeadlineExceeded);
    }

    private async Task ConnectOneTooManyAsync()
    {
        var connections = new List<TcpClient>();
        for (var i = 0; i <= MaxConnections; i++)
        {
            var connection = new TcpClient();
            await connection.ConnectAsync(IPAddress.Loopback, _service!.Address.Port);
            connections.Add(connection);
        }

        (await await Task.WhenAny(connections.Select(IsClosedAsync))).Should().BeTrue();
        connections.ForEach(connection => connection.Dispose());
    }

    private static async Task<bool> IsClosedAsync(TcpClient connection)
    {
        try
        {
            return await connection.GetStream().ReadAsync(new byte[1]) == 0;
        }
        catch (IOException)
        {
            // It was reset; or the test has done with it.
            return true;
        }
    }

    /// <summary>Requests in progress are only counted while there are any: one that stays.</summary>
    private async Task BeginRequestAsync()
    {
        await _inProgress.ConnectAsync(IPAddress.Loopback, _service!.Address.Port);
        await _inProgress.GetStream().WriteAsync("PUT /kv/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n"u8.ToArray());
    }
}
