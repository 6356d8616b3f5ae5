using KvStore.Grpc.BigTableLite;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class BigTableLiteTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;

    public BigTableLiteTests() => _client = new GrpcClient(_service.GrpcAddress);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Fact]
    public async Task Its_methods_answer_as_they_always_have()
    {
        (await SetAsync("test", "hello world")).Should().Be(new SetResponse { Success = true, Message = "OK" });
        (await GetAsync("test")).Should().Be(new GetResponse { Found = true, Value = "hello world", Message = "OK" });
        (await DeleteAsync("test")).Should().Be(new DeleteResponse { Success = true, Message = "OK" });
        (await GetAsync("test")).Should().Be(new GetResponse { Message = "key-not-found" });
        (await DeleteAsync("test")).Should().Be(new DeleteResponse { Message = "key-not-found" });
    }

    [Fact]
    public async Task An_empty_value_is_found()
    {
        await SetAsync("empty", "");

        (await GetAsync("empty")).Should().Be(new GetResponse { Found = true, Message = "OK" });
    }

    [Fact]
    public async Task A_value_that_is_not_text_cannot_be_told()
    {
        using var http = new ServiceClient(_service.Address);
        await http.SendBytesAsync("PUT", "/kv/a", [0xFF]);

        (await FailureAsync(() => GetAsync("a"))).Should().Be((StatusCode.FailedPrecondition, "not-text"));
    }

    [Fact]
    public async Task Wrong_keys_and_values_are_errors()
    {
        (await FailureAsync(() => SetAsync("", "v"))).Should().Be((StatusCode.InvalidArgument, "malformed-key"));
        (await FailureAsync(() => GetAsync(""))).Should().Be((StatusCode.InvalidArgument, "malformed-key"));
        (await FailureAsync(() => DeleteAsync(new string('k', 1_025)))).Should().Be((StatusCode.InvalidArgument, "key-too-long"));
        (await FailureAsync(() => SetAsync("a", new string('v', 1_048_577)))).Should().Be((StatusCode.ResourceExhausted, "value-too-large"));
    }

    private static async Task<(StatusCode Status, string? Code)> FailureAsync<T>(Func<Task<T>> call)
    {
        var failed = await FluentActions.Awaiting(call).Should().ThrowAsync<RpcException>();
        return (failed.Which.StatusCode, failed.Which.Trailers.Get("kvstore-error-code"));
    }

    private Task<SetResponse> SetAsync(string key, string value) =>
        _client.BigTableLiteAsync<SetRequest, SetResponse>("Set", new SetRequest { Key = key, Value = value });

    private Task<GetResponse> GetAsync(string key) =>
        _client.BigTableLiteAsync<GetRequest, GetResponse>("Get", new GetRequest { Key = key });

    private Task<DeleteResponse> DeleteAsync(string key) =>
        _client.BigTableLiteAsync<DeleteRequest, DeleteResponse>("Delete", new DeleteRequest { Key = key });
}
