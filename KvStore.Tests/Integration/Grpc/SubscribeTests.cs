using System.Globalization;
using Google.Protobuf;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using ChangeType = KvStore.Grpc.KeyValue.ChangeEvent.Types.ChangeType;

namespace KvStore.Tests.Integration.Grpc;

public sealed class SubscribeTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly Lazy<GrpcClient> _client;

    public SubscribeTests() => _client = new(() => new GrpcClient(_service.GrpcAddress));

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
    public async Task A_subscription_answers_at_once_with_where_it_begins_and_the_history()
    {
        await Client.SetAsync("a");
        using var http = new ServiceClient(_service.Address);
        var history = (await http.GetAsync("/role")).Json.GetProperty("historyId").GetString();

        using var call = Client.Store.Subscribe(new SubscribeRequest { KeyPattern = "a" }, GrpcClient.Patiently);

        var headers = await call.ResponseHeadersAsync;
        headers.Get("kvstore-revision").Should().Be("1");
        headers.Get("kvstore-history-id").Should().Be(history);
    }

    [Fact]
    public async Task Each_kind_of_change_is_an_event()
    {
        using var call = await Client.SubscribeAsync(new SubscribeRequest { KeyPattern = "a" });
        await Client.Store.SetAsync(new SetRequest { Key = "a/ü", Value = "text", ContentType = "text/x" });
        await Client.SetAsync("b");
        await Client.Store.SetAsync(new SetRequest { Key = "a", ValueBytes = ByteString.CopyFrom(0xFF), ExpiresAt = 253_402_300_799_999 });
        await Client.Store.DeleteAsync(new DeleteRequest { Key = "a" });
        await Client.Store.SetAsync(new SetRequest { Key = "a", Value = "short", TtlMs = 1 });

        (await NextAsync(call)).Should().Be(
            new ChangeEvent { ChangeType = ChangeType.Set, Key = "a/ü", Value = "text", ContentType = "text/x", Revision = 1 });
        (await NextAsync(call)).Should().Be(new ChangeEvent
        {
            ChangeType = ChangeType.Set,
            Key = "a",
            ValueBytes = ByteString.CopyFrom(0xFF),
            ContentType = "text/plain; charset=utf-8",
            Revision = 3,
            ExpiresAt = 253_402_300_799_999,
        });
        (await NextAsync(call)).Should().Be(new ChangeEvent { ChangeType = ChangeType.Delete, Key = "a", Revision = 4 });
        (await NextAsync(call)).Value.Should().Be("short");
        (await NextAsync(call)).Should().Be(new ChangeEvent { ChangeType = ChangeType.Delete, Key = "a", Revision = 6, Expired = true });
    }

    [Fact]
    public async Task A_timestamp_is_when_the_write_was_in_unix_milliseconds()
    {
        using var call = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Client.SetAsync("a");

        (await call.ResponseStream.MoveNext()).Should().BeTrue();

        call.ResponseStream.Current.Timestamp.Should().BeInRange(before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    }

    [Theory]
    [InlineData("a", "", false, "a", "ab", "aend")]
    [InlineData("", "b", false, "ab", "b", "aendb")]
    [InlineData("a", "b", false, "ab", "aendb")]
    [InlineData("", "", true, "a", "ab", "b", "c", "aend")]
    public async Task A_subscription_has_the_keys_with_prefix_and_suffix_or_all_where_it_says_so(
        string prefix, string suffix, bool all, params string[] expected)
    {
        using var call = await Client.SubscribeAsync(new SubscribeRequest { KeyPattern = prefix, Suffix = suffix, AllKeys = all });
        foreach (var key in new[] { "a", "ab", "b", "c", expected[^1] })
        {
            await Client.SetAsync(key);
        }

        foreach (var key in expected)
        {
            (await NextAsync(call)).Key.Should().Be(key);
        }
    }

    [Fact]
    public async Task Bytes_are_sent_to_who_asks_for_them()
    {
        using var call = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true, AsBytes = true });
        await Client.SetAsync("a", "text");

        (await NextAsync(call)).Should().Be(new ChangeEvent
        {
            ChangeType = ChangeType.Set,
            Key = "a",
            ValueBytes = ByteString.CopyFromUtf8("text"),
            ContentType = "text/plain; charset=utf-8",
            Revision = 1,
        });
    }

    [Fact]
    public async Task Long_values_are_whole()
    {
        using var call = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        foreach (var length in new[] { 10_922, 10_923, 1_048_576 })
        {
            await Client.SetAsync("a", new string('v', length));

            (await NextAsync(call)).Value.Should().HaveLength(length);
        }
    }

    [Theory]
    [InlineData(0, "a", "b", "c")]
    [InlineData(2, "c")]
    [InlineData(3)]
    public async Task A_subscription_is_resumed_after_a_revision_without_a_gap(long since, params string[] expected)
    {
        foreach (var key in new[] { "a", "b", "c" })
        {
            await Client.SetAsync(key);
        }

        using var call = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true, SinceRevision = since });
        await Client.SetAsync("end");

        foreach (var key in expected.Append("end"))
        {
            (await NextAsync(call)).Key.Should().Be(key);
        }
    }

    public static TheoryData<SubscribeRequest> WrongRequests =>
    [
        new SubscribeRequest(),
        new SubscribeRequest { SinceRevision = 0 },
        new SubscribeRequest { AllKeys = true, SinceRevision = -1 },
        new SubscribeRequest { KeyPattern = "a", SinceRevision = long.MinValue },
    ];

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public async Task A_request_that_does_not_say_which_keys_or_has_no_revision_is_refused(SubscribeRequest request)
    {
        (await GrpcFailure.OfAsync(Client.Store.Subscribe(request, GrpcClient.Patiently)))
            .Should().Be((StatusCode.InvalidArgument, "invalid-request"));
    }

    [Fact]
    public async Task Changes_that_are_not_kept_or_have_not_been_are_out_of_range()
    {
        _service.With("KvStore:Changes:WindowRecords", 16);
        for (var i = 0; i < 40; i++)
        {
            await Client.SetAsync("a");
        }

        foreach (var since in new[] { 0L, 41, long.MaxValue })
        {
            using var call = Client.Store.Subscribe(new SubscribeRequest { AllKeys = true, SinceRevision = since }, GrpcClient.Patiently);
            var failed = await GrpcFailure.ExceptionAsync(call);

            (failed.StatusCode, failed.Trailers.Get("kvstore-error-code")).Should().Be((StatusCode.OutOfRange, "revision-compacted"));
            long.Parse(failed.Trailers.Get("kvstore-oldest-revision")!, CultureInfo.InvariantCulture).Should().BeInRange(2, 41);
        }
    }

    [Fact]
    public async Task Watches_of_both_protocols_share_one_limit_and_make_room_when_they_end()
    {
        _service.With("KvStore:Limits:MaxWatchers", 2);
        using var watch = await WatchStream.OpenAsync(_service.Address);
        using (await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true }))
        {
            (await GrpcFailure.OfAsync(Client.Store.Subscribe(new SubscribeRequest { AllKeys = true }, GrpcClient.Patiently)))
                .Should().Be((StatusCode.ResourceExhausted, "rate-limited"));
            await UntilWatchersAsync(2);
        }

        await UntilWatchersAsync(1);
        using var next = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        (await next.ResponseHeadersAsync).Get("kvstore-revision").Should().Be("0");
    }

    [Fact]
    public async Task A_client_too_slow_gets_every_event_up_to_where_it_fell_behind()
    {
        _service.With("KvStore:Limits:MaxValueBytes", 102_400).With("KvStore:Changes:WindowBytes", 1_048_576);
        using var slow = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true });
        for (var i = 0; i < 400; i++)
        {
            // More than all the buffers between here and there hold.
            await Client.SetAsync("a", new string('v', 102_400));
        }

        var revisions = new List<long>();
        var end = await GrpcFailure.ExceptionAsync(slow, change => revisions.Add(change.Revision));

        (end.StatusCode, end.Trailers.Get("kvstore-error-code")).Should().Be((StatusCode.ResourceExhausted, "fell-behind"));
        end.Trailers.Get("kvstore-revision").Should().Be(revisions.Count.ToString(CultureInfo.InvariantCulture));
        revisions.Should().Equal(Enumerable.Range(1, revisions.Count).Select(i => (long)i));
        using var http = new HttpClient { BaseAddress = _service.Address };
        (await MetricsScrape.TakeAsync(http))["kvstore_watchers_fallen_behind_total"].Should().Be(1);
    }

    [Fact]
    public async Task Long_values_that_wait_for_slow_clients_are_bounded_and_lost_to_nobody()
    {
        const int Length = 16_000_000;
        _service.With("KvStore:Limits:MaxValueBytes", Length).With("KvStore:Limits:MaxWatchBytes", 0);
        using var raw = new RawGrpc(_service.GrpcAddress);
        var slow = await raw.OpenAsync("/kvstore.KeyValueStore/Subscribe", RawGrpc.Frame(new SubscribeRequest { AllKeys = true }.ToByteArray()));
        await Client.SetAsync("a", new string('v', Length));

        // Of the slow one's message only the first byte is read: the rest is more than all buffers hold.
        await slow.ReadExactlyAsync(new byte[1]);
        using (var other = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true, SinceRevision = 0 }))
        {
            var end = await GrpcFailure.ExceptionAsync(other);
            (end.StatusCode, end.Trailers.Get("kvstore-revision")).Should().Be((StatusCode.ResourceExhausted, "0"));
        }

        await slow.DisposeAsync();
        await UntilWatchersAsync(0);
        using var resumed = await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true, SinceRevision = 0 });
        (await NextAsync(resumed)).Value.Should().HaveLength(Length);
    }

    [Fact]
    public async Task A_client_that_gives_up_is_noticed_though_nothing_happens()
    {
        using (await Client.SubscribeAsync(new SubscribeRequest { AllKeys = true }))
        {
            await UntilWatchersAsync(1);
        }

        await UntilWatchersAsync(0);
    }

    [Fact]
    public async Task A_deadline_ends_a_subscription()
    {
        using var call = Client.Store.Subscribe(
            new SubscribeRequest { AllKeys = true }, new CallOptions(Deadline: DateTime.UtcNow.AddMilliseconds(200)));

        (await GrpcFailure.ExceptionAsync(call)).StatusCode.Should().Be(StatusCode.DeadlineExceeded);
        await UntilWatchersAsync(0);
    }

    private static async Task<ChangeEvent> NextAsync(AsyncServerStreamingCall<ChangeEvent> call)
    {
        (await call.ResponseStream.MoveNext()).Should().BeTrue();
        var change = call.ResponseStream.Current.Clone();
        change.Timestamp.Should().BePositive();
        change.Timestamp = 0;
        return change;
    }

    private async Task UntilWatchersAsync(int count)
    {
        using var http = new HttpClient { BaseAddress = _service.Address };
        await MetricsScrape.UntilAsync(http, scrape => scrape["kvstore_watchers"] == count);
    }
}
