using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using static KvStore.Grpc.Health.V1.HealthCheckResponse.Types;

namespace KvStore.Tests.Integration.Grpc;

public sealed class HealthTests : IDisposable
{
    private readonly ServiceFactory _service = new();
    private readonly GrpcClient _client;

    public HealthTests() => _client = new GrpcClient(_service.GrpcAddress);

    public void Dispose()
    {
        _client.Dispose();
        _service.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("kvstore.KeyValueStore")]
    [InlineData("bigtablelite.BigTableLite")]
    public async Task The_server_and_each_of_its_services_serve(string service)
    {
        (await _client.CheckHealthAsync(service)).Should().Be(ServingStatus.Serving);

        using var watch = _client.WatchHealth(service);
        (await watch.ResponseStream.MoveNext()).Should().BeTrue();
        watch.ResponseStream.Current.Status.Should().Be(ServingStatus.Serving);
    }

    [Fact]
    public async Task A_service_that_is_not_there_is_not_found_and_watched_all_the_same()
    {
        var failed = await FluentActions.Awaiting(() => _client.CheckHealthAsync("nope")).Should().ThrowAsync<RpcException>();
        failed.Which.StatusCode.Should().Be(StatusCode.NotFound);

        using var watch = _client.WatchHealth("nope");
        (await watch.ResponseStream.MoveNext()).Should().BeTrue();
        watch.ResponseStream.Current.Status.Should().Be(ServingStatus.ServiceUnknown);
    }
}
