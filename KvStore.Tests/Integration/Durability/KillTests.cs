using System.Collections.Concurrent;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

public sealed class KillTests : IDisposable
{
    private const int Killed = 9;
    private const int Rounds = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_a_kill_every_acknowledged_write_is_there_and_no_revision_is_given_again()
    {
        var acknowledged = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            await using var service = await StartAsync("always");
            using var client = new ServiceClient(service.Address);
            await DurableService.ReadyAsync(client);
            await ShouldHaveAsync(client, acknowledged);

            await WriteUntilKilledAsync(service, round, acknowledged);
        }

        acknowledged.Values.Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData("interval")]
    [InlineData("never")]
    public async Task Where_the_last_writes_may_be_lost_the_others_are_there_and_the_history_is_new(string sync)
    {
        var acknowledged = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        string? history = null;
        for (var round = 0; round < Rounds; round++)
        {
            await using var service = await StartAsync(sync);
            using var client = new ServiceClient(service.Address);
            await DurableService.ReadyAsync(client);
            var role = (await client.GetAsync("/role")).Json;
            role.GetProperty("historyId").GetString().Should().NotBe(history);
            history = role.GetProperty("historyId").GetString();
            var last = role.GetProperty("revision").GetInt64();
            foreach (var lost in acknowledged.Where(write => write.Value > last))
            {
                acknowledged.TryRemove(lost);
            }

            await ShouldHaveAsync(client, acknowledged);

            await WriteUntilKilledAsync(service, round, acknowledged);
        }
    }

    private static async Task ShouldHaveAsync(ServiceClient client, IEnumerable<KeyValuePair<string, long>> acknowledged)
    {
        foreach (var (key, revision) in acknowledged)
        {
            var answer = await client.GetAsync($"/get/{key}");
            (answer.Text, answer.ETag).Should().Be(($"v{key}", $"\"{revision}\""));
        }
    }

    // Snapshots are taken meanwhile, too.
    private Task<ServiceProcess> StartAsync(string sync) => ServiceProcess.StartAsync(
        $"{DurableService.SmallFiles} --KvStore:Durability:Sync={sync} --KvStore:Durability:SnapshotLogBytes=65536", ("DATA_DIR", _folder.Path));

    private static async Task WriteUntilKilledAsync(ServiceProcess service, int round, ConcurrentDictionary<string, long> acknowledged)
    {
        var (before, next) = (acknowledged.Count, 0);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            RawConnection? connection = null;
            while (true)
            {
                var key = $"{round}-{Interlocked.Increment(ref next)}";
                RawAnswer answer;
                try
                {
                    connection ??= new RawConnection(service.Address);
                    connection.Send($"PUT /kv/{key} HTTP/1.1\r\nHost: a\r\nContent-Length: {key.Length + 1}\r\n\r\nv{key}");
                    answer = connection.Read();
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    connection?.Dispose();
                    return;
                }

                if (answer.Status != 201)
                {
                    answer.Status.Should().Be(0, "the process was killed");
                    connection.Dispose();
                    return;
                }

                acknowledged[key] = long.Parse(answer.Header("ETag")!.Trim('"'), System.Globalization.CultureInfo.InvariantCulture);
            }
        })).ToArray();
        await Until.IsTrueAsync(() => Task.FromResult(acknowledged.Count - before > 300));

        service.Signal(Killed);

        await Task.WhenAll(writers);
        (await service.WaitForExitAsync()).Should().Be(128 + Killed);
    }
}
