using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class KeyValueStoreTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;
    private readonly ServiceClient _http;

    public KeyValueStoreTests() => (_client, _http) = (new GrpcClient(_service.GrpcAddress), new ServiceClient(_service.Address));

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task A_value_is_read_as_it_was_set_with_all_that_is_known_of_it()
    {
        var set = await _client.Store.SetAsync(new SetRequest { Key = "a/ü", Value = "grüße", ContentType = "text/html" });
        set.Should().Be(new SetResponse { Success = true, Message = "OK", Revision = 1, Created = true });

        (await _client.Store.GetAsync(new GetRequest { Key = "a/ü" })).Should().Be(
            new GetResponse { Found = true, Value = "grüße", ContentType = "text/html", Revision = 1 });
        (await _client.Store.SetAsync(new SetRequest { Key = "a/ü", Value = "" })).Created.Should().BeFalse();
        (await _client.Store.GetAsync(new GetRequest { Key = "a/ü" })).Should().Be(
            new GetResponse { Found = true, ContentType = "text/plain; charset=utf-8", Revision = 2 });
    }

    [Fact]
    public async Task The_keys_are_those_of_http()
    {
        await _http.PutAsync("/kv/a%20//%2F", "1", "Content-Type: application/json");
        (await _client.Store.GetAsync(new GetRequest { Key = "a ///" })).ContentType.Should().Be("application/json");

        await _client.SetAsync("b", "2");
        (await _http.GetAsync("/get/b")).Text.Should().Be("2");
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_no_error()
    {
        (await _client.Store.GetAsync(new GetRequest { Key = "none" })).Should().Be(new GetResponse());
        (await _client.Store.DeleteAsync(new DeleteRequest { Key = "none" })).Should().Be(new DeleteResponse());
    }

    [Fact]
    public async Task A_value_that_is_not_text_is_bytes_and_so_is_any_for_who_asks_for_bytes()
    {
        var bytes = ByteString.CopyFrom(0xFF, 0x00, 0xFE);
        await _client.Store.SetAsync(new SetRequest { Key = "a", ValueBytes = bytes });
        await _client.Store.SetAsync(new SetRequest { Key = "empty", ValueBytes = ByteString.Empty });

        var get = await _client.Store.GetAsync(new GetRequest { Key = "a" });
        (get.Value, get.ValueBytes).Should().Be(("", bytes));
        await _client.SetAsync("b", "text");
        (await _client.Store.GetAsync(new GetRequest { Key = "b", AsBytes = true })).ValueBytes.Should().Equal("text"u8.ToArray());
        (await _client.Store.GetAsync(new GetRequest { Key = "empty" })).Found.Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_023)]
    [InlineData(100_000)]
    [InlineData(1_048_576)]
    public async Task A_value_of_any_length_is_kept_whole(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length / 2).Select(i => (char)('à' + (i % 20)))) + new string('x', length % 2);
        await _client.SetAsync("a", text);

        (await _client.Store.GetAsync(new GetRequest { Key = "a" })).Value.Should().Be(text);
    }

    [Fact]
    public async Task Times_to_live_and_of_expiry_are_milliseconds_and_a_set_without_takes_them_back()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await _client.Store.SetAsync(new SetRequest { Key = "a", Value = "v", TtlMs = 60_000 });
        (await GetExpiryAsync("a")).Should().BeInRange(now + 60_000, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 60_000);

        await _client.Store.SetAsync(new SetRequest { Key = "a", Value = "v", ExpiresAt = 253_402_300_799_999 });
        (await GetExpiryAsync("a")).Should().Be(253_402_300_799_999);
        (await _http.GetAsync("/get/a")).Header("KvStore-Expires-At").Should().Be("9999-12-31T23:59:59.999Z");

        await _client.SetAsync("a");
        (await GetExpiryAsync("a")).Should().Be(0);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(long.MinValue)]
    public async Task A_time_of_expiry_that_is_past_is_taken_and_the_key_expires_at_once(long time)
    {
        await _client.SetAsync("a");
        await _client.Store.SetAsync(new SetRequest { Key = "a", Value = "v", ExpiresAt = time });

        (await _client.Store.GetAsync(new GetRequest { Key = "a" })).Found.Should().BeFalse();
    }

    [Fact]
    public async Task A_write_can_ask_for_the_revision_that_the_key_must_be_at()
    {
        (await _client.Store.SetAsync(new SetRequest { Key = "a", Value = "1", IfRevision = 0 })).Revision.Should().Be(1);
        (await _client.Store.SetAsync(new SetRequest { Key = "a", Value = "2", IfRevision = 1 })).Revision.Should().Be(2);

        using var call = _client.Store.SetAsync(new SetRequest { Key = "a", Value = "3", IfRevision = 1 });
        var failed = await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<RpcException>();
        failed.Which.StatusCode.Should().Be(StatusCode.FailedPrecondition);
        failed.Which.Trailers.Get("kvstore-error-code").Should().Be("revision-mismatch");
        failed.Which.Trailers.Get("kvstore-current-revision").Should().Be("2");

        (await GrpcFailure.OfAsync(_client.Store.DeleteAsync(new DeleteRequest { Key = "a", IfRevision = 1 })))
            .Should().Be((StatusCode.FailedPrecondition, "revision-mismatch"));
        (await _client.Store.DeleteAsync(new DeleteRequest { Key = "a", IfRevision = 2 }))
            .Should().Be(new DeleteResponse { Deleted = true, Revision = 3 });
    }

    public static TheoryData<SetRequest, StatusCode, string> WrongSets => new()
    {
        { new SetRequest { Value = "v" }, StatusCode.InvalidArgument, "malformed-key" },
        { new SetRequest { Key = new string('k', 1_025), Value = "v" }, StatusCode.InvalidArgument, "key-too-long" },
        { new SetRequest { Key = new string('ü', 513), Value = "v" }, StatusCode.InvalidArgument, "key-too-long" },
        { new SetRequest { Key = "a", Value = new string('v', 1_048_577) }, StatusCode.ResourceExhausted, "value-too-large" },
        { new SetRequest { Key = "a", ValueBytes = ByteString.CopyFrom(new byte[1_048_577]) }, StatusCode.ResourceExhausted, "value-too-large" },
        { new SetRequest { Key = "a", Value = new string('v', 8_388_609) }, StatusCode.ResourceExhausted, "request-too-large" },
        { new SetRequest { Key = "a", TtlMs = -1 }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", TtlMs = 3_155_760_000_001 }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", ExpiresAt = 253_402_300_800_000 }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", ExpiresAt = 1, TtlMs = 1 }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", IfRevision = -1 }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", ContentType = "text" }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", ContentType = "text/*" }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", ContentType = "text/ü" }, StatusCode.InvalidArgument, "invalid-request" },
        { new SetRequest { Key = "a", Value = "v", ValueBytes = ByteString.CopyFrom(1) }, StatusCode.InvalidArgument, "invalid-request" },
    };

    [Theory]
    [MemberData(nameof(WrongSets))]
    public async Task A_wrong_set_is_told_as_rest_tells_it_and_nothing_is_stored(SetRequest request, StatusCode status, string code)
    {
        (await GrpcFailure.OfAsync(_client.Store.SetAsync(request))).Should().Be((status, code));

        (await _client.Store.CountAsync(new CountRequest())).Count.Should().Be(0);
    }

    [Fact]
    public async Task A_wrong_key_of_a_get_and_a_delete_is_told_likewise()
    {
        var tooLong = new string('k', 1_025);
        (await GrpcFailure.OfAsync(_client.Store.GetAsync(new GetRequest()))).Should().Be((StatusCode.InvalidArgument, "malformed-key"));
        (await GrpcFailure.OfAsync(_client.Store.GetAsync(new GetRequest { Key = tooLong }))).Should().Be((StatusCode.InvalidArgument, "key-too-long"));
        (await GrpcFailure.OfAsync(_client.Store.DeleteAsync(new DeleteRequest()))).Should().Be((StatusCode.InvalidArgument, "malformed-key"));
        (await GrpcFailure.OfAsync(_client.Store.DeleteAsync(new DeleteRequest { Key = "a", IfRevision = -1 })))
            .Should().Be((StatusCode.InvalidArgument, "invalid-request"));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_set_is_told_by_the_names_of_its_fields()
    {
        using var call = _client.Store.SetAsync(new SetRequest { Key = "a", TtlMs = -1, IfRevision = -1, ContentType = "?" });

        var failed = await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<RpcException>();

        failed.Which.Status.Detail.Should().ContainAll("ttl_ms must be", "if_revision must be", "content_type must be");
    }

    [Theory]
    [InlineData("", "", 4)]
    [InlineData("a", "", 2)]
    [InlineData("", "b", 2)]
    [InlineData("a", "b", 1)]
    [InlineData("c", "", 1)]
    [InlineData("x", "", 0)]
    public async Task A_count_is_of_the_keys_with_prefix_and_suffix(string prefix, string suffix, int count)
    {
        foreach (var key in new[] { "a", "ab", "b", "cü" })
        {
            await _client.SetAsync(key);
        }

        (await _client.Store.CountAsync(new CountRequest { Prefix = prefix, Suffix = suffix })).Count.Should().Be(count);
    }

    private async Task<long> GetExpiryAsync(string key) => (await _client.Store.GetAsync(new GetRequest { Key = key })).ExpiresAt;
}
