using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>What all calls together may take, and what a call meets that has no room.</summary>
[Collection(nameof(Alone))]
public sealed class CallMemoryTests : IDisposable
{
    private const int ValueBytes = 1_048_576;
    private const string Batch = "/kvstore.KeyValueStore/Batch", Search = "/kvstore.KeyValueStore/Search";

    private readonly ServiceFactory _service = new();
    private readonly Lazy<GrpcClient> _client;

    public CallMemoryTests() => _client = new(() => new GrpcClient(_service.GrpcAddress));

    private GrpcClient Client => _client.Value;

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        _service.Dispose();
    }

    [Fact]
    public void Messages_that_only_begin_take_no_room_from_others()
    {
        _service.With("KvStore:Limits:MaxCallBytes", 2 * ValueBytes);
        using var idle = new Http2Connection(_service.GrpcAddress);
        for (var i = 0; i < 100; i++)
        {
            idle.SendData(idle.Open(GrpcCalls.HeadersOf(GrpcCalls.Set)), GrpcCalls.Framed([], length: 8 * ValueBytes), isEnd: false);
        }

        idle.Ping().Should().BeTrue();
        using var other = new Http2Connection(_service.GrpcAddress);
        other.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("long", new string('v', ValueBytes))).Status.Should().Be(0);
    }

    [Fact]
    public async Task A_short_message_that_comes_in_pieces_is_taken_when_there_is_no_room()
    {
        using var stalled = await FillAsync();
        using var other = new Http2Connection(_service.GrpcAddress);
        var stream = other.Open(GrpcCalls.HeadersOf(GrpcCalls.Set));
        var message = GrpcCalls.SetOf("short", "v");
        other.SendData(stream, message[..7], isEnd: false);
        other.Ping().Should().BeTrue();
        other.SendData(stream, message[7..]);

        other.Read(stream).Status.Should().Be(0);
    }

    [Fact]
    public async Task A_batch_of_many_operations_is_refused_whole_when_there_is_no_room()
    {
        using var stalled = await FillAsync();
        var many = new BatchRequest { Operations = { Enumerable.Range(0, 1_000).Select(i => Set($"many-{i}", "v")) } };

        (await GrpcFailure.OfAsync(Client.Store.BatchAsync(many))).Should().Be((StatusCode.ResourceExhausted, "rate-limited"));
        (await Client.Store.CountAsync(new CountRequest { Prefix = "many" })).Count.Should().Be(0);
    }

    [Fact]
    public async Task A_batch_of_more_operations_than_there_can_be_room_for_is_refused_even_alone()
    {
        const int Operations = 65_536;
        _service.With("KvStore:Limits:MaxCallBytes", 0);
        var many = new BatchRequest { Operations = { Enumerable.Repeat(Set("many", "v"), Operations) } };

        (await Client.Store.BatchAsync(many)).Results.Should().HaveCount(Operations);
        many.Operations.Add(Set("too-many", "v"));

        (await GrpcFailure.OfAsync(Client.Store.BatchAsync(many))).Should().Be((StatusCode.ResourceExhausted, "request-too-large"));
        (await Client.Store.CountAsync(new CountRequest { Prefix = "too-many" })).Count.Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_was_carried_out_says_so_though_its_values_have_no_room(bool atomic)
    {
        using var stalled = await FillAsync();

        var response = await Client.Store.BatchAsync(new BatchRequest { Atomic = atomic, Operations = { Set("a", "1"), Get("long"), Get("a") } });

        response.Results.Select(result => result.Code).Should().Equal("", "rate-limited", "");
        response.Results[2].Get.Value.Should().Be("1");
    }

    [Fact]
    public void Values_that_batches_read_are_not_all_held()
    {
        // More results than a batch gathers in one turn, so that all batches are in the middle at once.
        const int Batches = 40, Gets = 1_025, ValueLength = 30_000;
        _service.With("KvStore:Limits:MaxCallBytes", 16 * ValueBytes);
        using var connection = new Http2Connection(_service.GrpcAddress) { GivesWindow = false };
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("v", new string('v', ValueLength))).Status.Should().Be(0);
        var batch = GrpcCalls.Framed(new BatchRequest { Operations = { Enumerable.Repeat(Get("v"), Gets) } }.ToByteArray());
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var streams = new List<int>();
        for (var i = 0; i < Batches; i++)
        {
            streams.Add(connection.Open(GrpcCalls.HeadersOf(Batch)));
            connection.SendData(streams[^1], batch);
        }

        var refused = streams.Select(stream => connection.ReadUntil(stream, answer => answer.Headers.Count > 0));

        refused.Count(answer => answer.Status == (int)StatusCode.ResourceExhausted).Should().BePositive();
        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(
            Batches * Gets * (long)ValueLength, "twice as much was asked for, as text");
    }

    [Fact]
    public async Task A_long_value_that_waits_to_be_taken_is_kept_once()
    {
        const int Held = 20;
        _service.With("KvStore:Limits:MaxCallBytes", (Held * ValueBytes) + (ValueBytes / 2));
        await Client.SetAsync("long", new string('v', ValueBytes));
        using var stalled = new Http2Connection(_service.GrpcAddress) { GivesWindow = false };
        var before = GC.GetTotalMemory(forceFullCollection: true);

        // One more each time: the question itself takes the room of one for a moment, and whoever comes then is refused for good.
        await UntilAsync(
            () =>
            {
                stalled.SendData(stalled.Open(GrpcCalls.HeadersOf(Search)), SearchOf("long"));
                return Client.Store.GetAsync(new GetRequest { Key = "long" });
            },
            StatusCode.ResourceExhausted);

        ((GC.GetTotalMemory(forceFullCollection: true) - before) / Held).Should().BeLessThan(2 * ValueBytes);
    }

    [Fact]
    public async Task A_subscriber_whose_value_has_no_room_can_come_back_for_it()
    {
        using var stalled = await FillAsync();
        using var subscription = await Client.SubscribeAsync(new SubscribeRequest { KeyPattern = "k" });
        using var http = new HttpClient { BaseAddress = _service.Address };
        using var value = new StringContent(new string('v', 100_000));
        (await http.PutAsync("/kv/k", value)).EnsureSuccessStatusCode();

        var end = await GrpcFailure.ExceptionAsync(subscription);

        (end.StatusCode, end.Trailers.Get("kvstore-error-code"), end.Trailers.Get("kvstore-revision"))
            .Should().Be((StatusCode.ResourceExhausted, "fell-behind", "1"));
    }

    [Theory]
    [InlineData(Search)]
    [InlineData(GrpcCalls.Get)]
    [InlineData(GrpcCalls.Subscribe)]
    public void Only_messages_with_values_may_be_long(string method)
    {
        using var connection = new Http2Connection(_service.GrpcAddress);

        var answer = connection.Call(GrpcCalls.HeadersOf(method), GrpcCalls.SubscribeOf(new string('p', 16_384)));

        (answer.Status, answer.Ending("kvstore-error-code")).Should().Be(((int)StatusCode.ResourceExhausted, "request-too-large"));
        connection.Call(GrpcCalls.HeadersOf(Search), SearchOf(new string('p', 16_000))).Status.Should().Be(0);
    }

    [Fact]
    public void What_a_message_has_beside_its_fields_is_not_kept()
    {
        const int Groups = 100_000;
        byte[] group = [0x9B, 0x06, 0x9C, 0x06];
        var message = GrpcCalls.Framed([.. new SetRequest { Key = "k" }.ToByteArray(), .. Enumerable.Repeat(group, Groups).SelectMany(each => each)]);
        using var connection = new Http2Connection(_service.GrpcAddress);
        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), GrpcCalls.SetOf("first", "v"));
        var before = GC.GetTotalAllocatedBytes(precise: true);

        connection.Call(GrpcCalls.HeadersOf(GrpcCalls.Set), message).Status.Should().Be(0);

        (GC.GetTotalAllocatedBytes(precise: true) - before).Should().BeLessThan(10 * message.Length);
    }

    [Fact]
    public async Task A_call_too_many_is_refused_until_another_ends()
    {
        _service.With("KvStore:Limits:MaxCalls", 2);
        using var first = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        using var second = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });

        (await GrpcFailure.OfAsync(Client.Store.CountAsync(new CountRequest()))).Should().Be((StatusCode.ResourceExhausted, "rate-limited"));

        second.Dispose();
        await UntilAsync(() => Client.Store.CountAsync(new CountRequest()), StatusCode.Ok);
    }

    /// <summary>Lets one client take all the room there is, by an answer of one long value that it does not read.</summary>
    private async Task<Http2Connection> FillAsync()
    {
        _service.With("KvStore:Limits:MaxCallBytes", 0);
        await Client.SetAsync("long", new string('v', ValueBytes));
        var stalled = new Http2Connection(_service.GrpcAddress) { GivesWindow = false };
        var stream = stalled.Open(GrpcCalls.HeadersOf(GrpcCalls.Get));
        stalled.SendData(stream, GrpcCalls.GetOf("long"));
        stalled.ReadUntil(stream, answer => answer.Data.Count > 0);
        return stalled;
    }

    private static byte[] SearchOf(string prefix) => GrpcCalls.Framed(new SearchRequest { Prefix = prefix, Values = true }.ToByteArray());

    private static BatchOperation Get(string key) => new() { Get = new GetRequest { Key = key } };

    private static BatchOperation Set(string key, string value) => new() { Set = new SetRequest { Key = key, Value = value } };

    private static async Task UntilAsync<TResponse>(Func<KvStore.Grpc.Client.AsyncUnaryCall<TResponse>> start, StatusCode expected)
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        StatusCode? met = null;
        while (met != expected)
        {
            patience.Token.ThrowIfCancellationRequested();
            using var call = start();
            try
            {
                await call;
                met = StatusCode.Ok;
            }
            catch (RpcException exception)
            {
                met = exception.StatusCode;
            }
        }
    }
}
