using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

/// <summary>A disk that is really full.</summary>
public sealed class FullDiskTests
{
    private const string Value = "a value of some length, so that the disk is full soon: ";

    [SkippableFact]
    public async Task Writes_are_refused_until_there_is_room_and_what_was_acknowledged_is_there_after_a_kill()
    {
        using var disk = MountedFolder.InMemory("1m");
        var filler = Path.Combine(disk.Path, "filler");
        var written = new List<int>();
        await using (var service = await StartAsync(disk.Path))
        {
            using var client = new ServiceClient(service.Address);
            await DurableService.ReadyAsync(client);
            await File.WriteAllBytesAsync(filler, new byte[512 * 1_024]);
            var refused = await WriteUntilAsync(client, written, status => status == 507);
            refused.Code.Should().Be("storage-full");
            (await client.GetAsync($"/get/{written[0]}")).Status.Should().Be(200);
            (await client.GetAsync("/ready")).Text.Should().Contain("degraded").And.Contain("full");

            File.Delete(filler);
            var before = written.Count;
            await Until.IsTrueAsync(async () =>
            {
                await WriteUntilAsync(client, written, status => status == 507 || written.Count > before);
                return written.Count > before;
            });
            await Until.IsTrueAsync(() => Task.FromResult(service.Output.Any(line => line.Contains("room again: writes", StringComparison.Ordinal))));
            service.Signal(Signal.Kill);
            await service.WaitForExitAsync();
            service.Output.Should().ContainSingle(line => line.Contains("The disk is full", StringComparison.Ordinal))
                .Which.Should().Contain("\"LogLevel\":\"Error\"");
        }

        await using var again = await StartAsync(disk.Path);
        using var reader = new ServiceClient(again.Address);
        await DurableService.ReadyAsync(reader);
        foreach (var key in written)
        {
            (await reader.GetAsync($"/get/{key}")).Status.Should().Be(200);
        }
    }

    private static Task<ServiceProcess> StartAsync(string directory) => ServiceProcess.StartAsync(DurableService.SmallFiles, ("DATA_DIR", directory));

    private static async Task<Answer> WriteUntilAsync(ServiceClient client, List<int> written, Func<int, bool> isEnough)
    {
        while (true)
        {
            var answer = await client.PutAsync($"/kv/{written.Count}", Value + new string('v', 2_000));
            if (answer.Status == 201)
            {
                written.Add(written.Count);
            }

            if (isEnough(answer.Status))
            {
                return answer;
            }
        }
    }
}
