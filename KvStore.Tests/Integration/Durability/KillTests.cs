using System.Collections.Concurrent;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

public sealed class KillTests : IDisposable
{
    private const int Killed = 9;
    private const int Rounds = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("always")]
    [InlineData("interval")]
    [InlineData("never")]
    public async Task After_a_kill_every_acknowledged_write_is_there_and_no_revision_is_given_again(string sync)
    {
        var acknowledged = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            await using var service = await ServiceProcess.StartAsync(
                $"{DurableService.SmallFiles} --KvStore:Durability:Sync={sync} --KvStore:Durability:SnapshotLogBytes=131072", ("DATA_DIR", _folder.Path));
            using var client = new ServiceClient(service.Address);
            await Until.IsTrueAsync(async () => (await client.GetAsync("/ready")).Status == 200);
            foreach (var (key, revision) in acknowledged)
            {
                var answer = await client.GetAsync($"/get/{key}");
                (answer.Text, answer.ETag).Should().Be(($"v{key}", $"\"{revision}\""));
            }

            await WriteUntilKilledAsync(service, round, acknowledged);
        }

        acknowledged.Values.Should().OnlyHaveUniqueItems();
    }

    private static async Task WriteUntilKilledAsync(ServiceProcess service, int round, ConcurrentDictionary<string, long> acknowledged)
    {
        var (before, next) = (acknowledged.Count, 0);
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            using var connection = new RawConnection(service.Address);
            while (true)
            {
                var key = $"{round}-{Interlocked.Increment(ref next)}";
                RawAnswer answer;
                try
                {
                    connection.Send($"PUT /kv/{key} HTTP/1.1\r\nHost: a\r\nContent-Length: {key.Length + 1}\r\n\r\nv{key}");
                    answer = connection.Read();
                }
                catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
                {
                    return;
                }

                if (answer.Status != 201)
                {
                    answer.Status.Should().Be(0, "the process was killed");
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
