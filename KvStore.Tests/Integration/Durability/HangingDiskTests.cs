using KvStore.Tests.Faults;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

/// <summary>A disk that does not answer.</summary>
public sealed class HangingDiskTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_stop_does_not_wait_for_it_beyond_its_time()
    {
        var disk = new SimulatedDisk();
        using var gate = new LogGate(disk);
        await using var service = DurableService.On(disk).With("KvStore:Lifecycle:StopSeconds", 0.1);
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        gate.Close();
        using var writer = new RawConnection(service.Address);
        writer.Send("PUT /kv/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nv");
        await gate.ReachedAsync();

        await service.DisposeAsync().AsTask().WaitAsync(Patience);

        writer.Read().Status.Should().Be(0, "what the disk has not taken is not acknowledged");
    }
}
