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
    public async Task Answers_that_are_not_taken_are_not_all_held()
    {
        const int Calls = 500;
        using var service = new ServiceFactory().With("KvStore:Limits:MaxCallBytes", 16 * ValueBytes);
        Set(service, "long", new string('v', ValueBytes));
        using var stalled = new Http2Connection(service.GrpcAddress) { GivesWindow = false };
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var streams = new List<int>();
        for (var i = 0; i < Calls; i++)
        {
            streams.Add(stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Get)));
            stalled.SendData(streams[^1], GrpcCalls.GetOf("long"));
        }

        var refused = stalled.Read(streams[^1]);
        refused.Status.Should().Be((int)StatusCode.ResourceExhausted);
        refused.Ending("kvstore-error-code").Should().Be("rate-limited");
        Set(service, "short", "v").Should().Be(0);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(100 * ValueBytes, "500 MiB were asked for");

        // What was held is given back when the client goes.
        stalled.Dispose();
        await UntilOkAsync(() => Get(service, "long"));
    }

    [Fact]
    public async Task Messages_of_which_the_end_does_not_come_are_not_all_held()
    {
        const int Calls = 100;
        using var service = new ServiceFactory().With("KvStore:Limits:MaxCallBytes", 4 * ValueBytes);
        using var slow = new Http2Connection(service.GrpcAddress);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var message = GrpcCalls.SetOf("slow", new string('v', ValueBytes - 100));
        var stream = 0;
        for (var i = 0; i < Calls; i++)
        {
            stream = slow.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
            slow.SendData(stream, message[..^1], isEnd: false);
        }

        slow.Read(stream).Status.Should().Be((int)StatusCode.ResourceExhausted);
        (GC.GetTotalMemory(forceFullCollection: true) - before).Should().BeLessThan(50 * ValueBytes, "100 MiB were sent");

        slow.Dispose();
        await UntilOkAsync(() => Set(service, "after", new string('v', ValueBytes)));
    }

    [Fact]
    public async Task An_answer_that_is_not_taken_by_its_deadline_is_forgotten()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MaxCallBytes", 0);
        Set(service, "long", new string('v', ValueBytes));
        using var stalled = new Http2Connection(service.GrpcAddress) { GivesWindow = false };
        var stream = stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Get, ("grpc-timeout", "2S")));
        stalled.SendData(stream, GrpcCalls.GetOf("long"));

        stalled.Read(stream).Reset.Should().Be(Http2Connection.Cancel, "a client takes that for its deadline, and any other for a fault");

        // The service forgets it after it has reset the stream. One alone has room.
        await Until.IsTrueAsync(() => Task.FromResult(Get(service, "long") == 0));
    }

    [Fact]
    public async Task A_subscriber_that_takes_nothing_is_cut_off_and_holds_up_no_writer()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576);
        using var metrics = new HttpClient { BaseAddress = service.Address };
        using var stalled = new Http2Connection(service.GrpcAddress) { GivesWindow = false };
        stalled.SendData(stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Subscribe)), GrpcCalls.SubscribeOf("k"));
        await MetricsScrape.UntilAsync(metrics, scrape => scrape["kvstore_watchers"] == 1);

        // It ends when the service has hung up: until then there is a watcher.
        do
        {
            Set(service, "k", new string('v', ValueBytes)).Should().Be(0);
        }
        while ((await MetricsScrape.TakeAsync(metrics))["kvstore_watchers"] == 1);
    }

    [Fact]
    public async Task A_subscriber_that_has_nothing_to_read_is_not_cut_off()
    {
        using var service = new ServiceFactory().With("KvStore:Limits:MinBytesPerSecond", 1_048_576).With("KvStore:Limits:KeepAliveSeconds", 1);
        using var metrics = new HttpClient { BaseAddress = service.Address };
        using var idle = new Http2Connection(service.GrpcAddress);
        var stream = idle.Open(GrpcCalls.HeadersOf(GrpcCalls.Subscribe));
        idle.SendData(stream, GrpcCalls.SubscribeOf("k"));
        await MetricsScrape.UntilAsync(metrics, scrape => scrape["kvstore_watchers"] == 1);

        // A client whose request is too slow is cut off after the time that is given to all: by then this one would have been too.
        using (var slow = new Http2Connection(service.GrpcAddress))
        {
            slow.SendData(slow.Open(GrpcCalls.HeadersOf(GrpcCalls.Set)), GrpcCalls.SetOf("slow", "v")[..4], isEnd: false);
            slow.ReadToEnd();
        }

        Set(service, "k", "v").Should().Be(0);
        idle.ReadUntil(stream, answer => answer.Messages.Any()).IsCut.Should().BeFalse();
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

    private static async Task UntilOkAsync(Func<int?> call)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (call() != (int)StatusCode.Ok)
        {
            await Task.Yield();
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    private static int? Get(ServiceFactory service, string key)
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        return connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Get), GrpcCalls.GetOf(key)).Status;
    }

    private static int? Set(ServiceFactory service, string key, string value)
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        return connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf(key, value)).Status;
    }
}
