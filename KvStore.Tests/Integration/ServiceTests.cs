using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

public sealed class ServiceTests
{
    [Fact]
    public async Task The_service_answers_in_process_over_a_socket()
    {
        await using var service = new ServiceFactory().With("KvStore:Limits:MaxKeyBytes", 10);
        using var client = new HttpClient { BaseAddress = service.Address };

        (await client.GetStringAsync(new Uri("/count", UriKind.Relative))).Should().Be("""{"count":0}""");
        (await client.GetAsync(new Uri("/get/aaaaaaaaaaa", UriKind.Relative))).StatusCode.Should().Be(System.Net.HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_service_runs_as_a_process_and_ends_with_0_on_SIGTERM()
    {
        await using var service = await ServiceProcess.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };
        (await client.GetStringAsync(new Uri("/count", UriKind.Relative))).Should().Be("""{"count":0}""");

        service.Terminate();

        (await service.WaitForExitAsync()).Should().Be(0);
    }
}
