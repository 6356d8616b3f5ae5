using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Clients that take nothing, or send no more: they are cut off, and hold up nobody.</summary>
[Collection(nameof(Alone))]
public sealed class SlowReaderTests
{
    private const int ValueBytes = 1_048_576;
    private const int MaxMessageBytes = 8_388_608;

    [Fact]
    public void A_client_that_takes_no_answers_is_cut_off_and_holds_up_nobody()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        Set(service, "long", new string('v', ValueBytes));
        using var stalled = new Http2Connection(service.GrpcAddress) { GivesWindow = false };
        for (var i = 0; i < 20; i++)
        {
            stalled.SendData(stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Get)), GrpcCalls.GetOf("long"));
        }

        using var other = new Http2Connection(service.GrpcAddress);
        other.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("long")).Read<GetResponse>().Value.Length.Should().Be(ValueBytes);

        // It returns when the service has hung up.
        stalled.ReadToEnd();
    }

    [Fact]
    public void Answers_that_are_not_taken_are_not_all_held()
    {
        const int Calls = 500;
        using var service = new ServiceFactory();
        Set(service, "long", new string('v', ValueBytes));
        using var stalled = new Http2Connection(service.GrpcAddress) { GivesWindow = false };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Calls; i++)
        {
            stalled.SendData(stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Get)), GrpcCalls.GetOf("long"));
        }

        stalled.Ping().Should().BeTrue();

        Set(service, "other", "v").Should().Be(0);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(Calls * ValueBytes / 2L);
    }

    [Fact]
    public void A_request_that_comes_too_slowly_is_cut_off()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var slow = new Http2Connection(service.GrpcAddress);
        var stream = slow.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
        slow.SendData(stream, GrpcCalls.SetOf("slow", "v")[..4], isEnd: false);

        var answer = slow.Read(stream);

        (answer.IsCut || answer.Status is not null and not (int)StatusCode.Ok).Should().BeTrue();
    }

    [Fact]
    public void A_bomb_is_refused_and_takes_no_more_memory_than_a_message_may()
    {
        using var service = new ServiceFactory();
        var bomb = GrpcCalls.Gzipped(new byte[1_000_000_000]);
        using var connection = new Http2Connection(service.GrpcAddress);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var answer = connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set, ("grpc-encoding", "gzip")), GrpcCalls.Framed(bomb, flag: 1));

        answer.Status.Should().Be((int)StatusCode.ResourceExhausted);
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(10 * MaxMessageBytes);
    }

    [Fact]
    public void Messages_that_only_begin_take_no_more_memory_than_has_come()
    {
        const int Calls = 500;
        using var service = new ServiceFactory();
        Set(service, "first", "v");
        using var connection = new Http2Connection(service.GrpcAddress);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Calls; i++)
        {
            connection.SendData(connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Set)), GrpcCalls.Framed([], length: MaxMessageBytes), isEnd: false);
        }

        connection.Ping().Should().BeTrue();
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(50_000_000, "4 GB were announced, and none sent");
    }

    [Fact]
    public void A_message_of_the_longest_length_is_read()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MaxValueBytes", MaxMessageBytes).With("KvStore:Limits:MaxKeyBytes", 100);
        using var connection = new Http2Connection(service.GrpcAddress);
        var value = new string('v', MaxMessageBytes);

        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("long", value)).Status.Should().Be(0);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf("long")).Read<GetResponse>().Value.Should().Be(value);
    }

    private static int? Set(ServiceFactory service, string key, string value)
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        return connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf(key, value)).Status;
    }
}
