using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>The collector that was chosen is the one that runs: docs/decisions/0007-garbage-collector.md.</summary>
public sealed class GarbageCollectorTests
{
    // The server collector has a thread a core, of this name as far as the system keeps names; the workstation collector has none.
    private const string ServerThread = ".NET Server GC";

    [Fact]
    public async Task The_service_has_the_workstation_collector()
    {
        await using var service = await ServiceProcess.StartAsync();

        ThreadsOf(service).Should().NotContain(ServerThread);
    }

    [SkippableFact]
    public async Task The_environment_can_choose_the_server_collector()
    {
        Skip.If(Environment.ProcessorCount == 1, "With one core the runtime has no server collector.");
        await using var service = await ServiceProcess.StartAsync("", ("DOTNET_gcServer", "1"));

        ThreadsOf(service).Should().Contain(ServerThread);
    }

    [Theory]
    [InlineData("System.GC.Server", false)]
    [InlineData("System.GC.Concurrent", true)]
    public async Task The_runtime_configuration_says_so(string setting, bool expected)
    {
        var file = Path.ChangeExtension(typeof(Program).Assembly.Location, ".runtimeconfig.json");
        using var configuration = JsonDocument.Parse(await File.ReadAllTextAsync(file));

        configuration.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty(setting).GetBoolean()
            .Should().Be(expected);
    }

    private static string[] ThreadsOf(ServiceProcess service) =>
        [.. Directory.GetDirectories($"/proc/{service.Id}/task").Select(task => File.ReadAllText(Path.Combine(task, "comm")).Trim())];
}
