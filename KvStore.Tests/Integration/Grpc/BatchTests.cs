using Google.Protobuf;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class BatchTests : IDisposable
{
    private readonly ServiceFactory _service = new ServiceFactory().With("KvStore:Limits:MaxBatchBytes", 2_000_000);
    private readonly GrpcClient _client;

    public BatchTests() => _client = new GrpcClient(_service.GrpcAddress);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_operation_is_answered_in_its_place_as_if_it_had_come_alone(bool atomic)
    {
        await _client.SetAsync("a", "1");

        var response = await RunAsync(atomic,
            Get("a"),
            Get("none"),
            new BatchOperation { Set = new SetRequest { Key = "b", ValueBytes = ByteString.CopyFrom(0xFF), ContentType = "image/png", IfRevision = 0 } },
            Get("b"),
            new BatchOperation { Get = new GetRequest { Key = "a", AsBytes = true } },
            Delete("a"));

        response.Results.Should().Equal(
            new BatchResult { Get = new GetResponse { Found = true, Value = "1", ContentType = "text/plain; charset=utf-8", Revision = 1 } },
            new BatchResult { Get = new GetResponse() },
            new BatchResult { Set = new SetResponse { Success = true, Message = "OK", Revision = 2, Created = true } },
            new BatchResult { Get = new GetResponse { Found = true, ValueBytes = ByteString.CopyFrom(0xFF), ContentType = "image/png", Revision = 2 } },
            new BatchResult { Get = new GetResponse { Found = true, ValueBytes = ByteString.CopyFromUtf8("1"), ContentType = "text/plain; charset=utf-8", Revision = 1 } },
            new BatchResult { Delete = new DeleteResponse { Deleted = true, Revision = 3 } });
    }

    [Fact]
    public async Task What_fails_in_a_batch_in_order_has_its_code_and_the_others_are_carried_out()
    {
        var response = await RunAsync(atomic: false,
            Set("a", "1"),
            new BatchOperation { Set = new SetRequest { Key = "a", Value = "2", IfRevision = 7 } },
            Delete("none"),
            Get(new string('k', 1_025)),
            Set("b", new string('v', 1_048_577)),
            Set("c", "3"));

        response.Results.Select(result => result.Code).Should().Equal(
            "", "revision-mismatch", "", "key-too-long", "value-too-large", "");
        response.Results[2].Delete.Deleted.Should().BeFalse();
        (await _client.Store.CountAsync(new CountRequest())).Count.Should().Be(2);
    }

    [Fact]
    public async Task An_atomic_batch_that_fails_names_the_operation_and_carries_nothing_out()
    {
        var request = new BatchRequest { Atomic = true, Operations = { Set("a", "1"), Get("none"), Delete("none"), Set("b", "2") } };
        using var call = _client.Store.BatchAsync(request);

        var failed = await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<RpcException>();

        failed.Which.StatusCode.Should().Be(StatusCode.FailedPrecondition);
        failed.Which.Status.Detail.Should().StartWith("batch-failed: ").And.Contain("operations[2] fails with key-not-found");
        (await _client.Store.CountAsync(new CountRequest())).Count.Should().Be(0);
    }

    [Fact]
    public async Task A_batch_with_a_wrong_operation_is_refused_whole_and_each_is_named()
    {
        using var call = _client.Store.BatchAsync(new BatchRequest
        {
            Operations =
            {
                Set("a", "1"),
                new BatchOperation(),
                Get(""),
                new BatchOperation { Set = new SetRequest { Key = "b", TtlMs = -1 } },
                new BatchOperation { Delete = new DeleteRequest { Key = "b", IfRevision = -1 } },
            },
        });

        var failed = await FluentActions.Awaiting(async () => await call).Should().ThrowAsync<RpcException>();

        failed.Which.StatusCode.Should().Be(StatusCode.InvalidArgument);
        failed.Which.Status.Detail.Should().StartWith("invalid-request: ").And.ContainAll(
            "operations[1] must be", "operations[2].key must not be empty", "operations[3].ttl_ms must be", "operations[4].if_revision must be");
        (await _client.Store.CountAsync(new CountRequest())).Count.Should().Be(0);
    }

    [Fact]
    public async Task A_batch_has_a_limit_in_bytes_and_not_in_operations()
    {
        const int Many = 20_000;
        var response = await RunAsync(atomic: false, [.. Enumerable.Range(0, Many).Select(i => Set($"key-{i}", "v"))]);
        response.Results.Should().HaveCount(Many).And.OnlyContain(result => result.Set.Success);

        var tooLong = new BatchRequest { Operations = { Set("a", new string('v', 1_000_000)), Set("b", new string('v', 1_000_000)) } };
        (await GrpcFailure.OfAsync(_client.Store.BatchAsync(tooLong))).Should().Be((StatusCode.ResourceExhausted, "request-too-large"));
        (await _client.Store.CountAsync(new CountRequest())).Count.Should().Be(Many);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gets_beyond_what_an_answer_holds_have_a_code_and_the_rest_is_carried_out(bool atomic)
    {
        await _client.SetAsync("long", new string('v', 1_048_576));

        var response = await RunAsync(atomic, [.. Enumerable.Repeat(Get("long"), 66), Set("a", "1")]);

        response.Results.Select(result => result.Code).Should().Equal(
            [.. Enumerable.Repeat("", 64), "request-too-large", "request-too-large", ""]);
    }

    [Fact]
    public async Task A_batch_of_nothing_has_no_results()
    {
        (await RunAsync(atomic: false)).Results.Should().BeEmpty();
        (await RunAsync(atomic: true)).Results.Should().BeEmpty();
    }

    private static BatchOperation Get(string key) => new() { Get = new GetRequest { Key = key } };

    private static BatchOperation Set(string key, string value) => new() { Set = new SetRequest { Key = key, Value = value } };

    private static BatchOperation Delete(string key) => new() { Delete = new DeleteRequest { Key = key } };

    private async Task<BatchResponse> RunAsync(bool atomic, params BatchOperation[] operations) =>
        await _client.Store.BatchAsync(new BatchRequest { Atomic = atomic, Operations = { operations } });
}
