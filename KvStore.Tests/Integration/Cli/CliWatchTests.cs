using System.Text;
using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

public sealed class CliWatchTests
{
    [Fact]
    public async Task Events_are_printed_as_they_happen_until_ctrl_c()
    {
        await using var service = await ServiceProcess.StartAsync();
        await RunAsync(service, "set", "user:1", "before");
        await using var watch = CliProcess.Start(service.GrpcAddress, "watch", "user:", "--since", "0");
        (await watch.ReadLineAsync()).Should().MatchRegex("^[0-9T:.-]+Z set    user:1 = before$");

        await RunAsync(service, "set", "other", "v");
        await RunAsync(service, "set", "user:2", "a\nb");
        await RunAsync(service, "del", "user:1");

        (await watch.ReadLineAsync()).Should().EndWith(@" set    user:2 = a\nb");
        (await watch.ReadLineAsync()).Should().EndWith(" delete user:1");
        watch.Interrupt();
        (await watch.WaitForExitAsync()).Should().Be(0);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(9)]
    public async Task A_watch_goes_on_with_the_new_server_when_the_old_one_ends(int signal)
    {
        var old = await ServiceProcess.StartAsync();
        var address = old.GrpcAddress;
        await RunAsync(old, "set", "a", "1");
        await using var watch = CliProcess.Start(address, "watch", "--since", "0", "--output", "json");
        (await NextAsync(watch)).Should().Be(("a", 1));

        old.Signal(signal);
        await old.WaitForExitAsync();
        await old.DisposeAsync();
        await using var service = await ServiceProcess.StartAsync(environment: ("GRPC_PORT", $"{address.Port}"));
        await RunAsync(service, "set", "b", "2");
        await RunAsync(service, "set", "c", "3");

        // It keeps nothing across a restart, so this is a new history, and all of it is new.
        (await NextAsync(watch)).Should().Be(("b", 1));
        (await NextAsync(watch)).Should().Be(("c", 2));
    }

    [Fact]
    public async Task A_revision_that_was_never_reached_exits_with_4()
    {
        await using var service = await ServiceProcess.StartAsync();

        var run = await CliProcess.RunAsync(service.GrpcAddress, ["watch", "--since", "1000"]);

        run.ExitCode.Should().Be(4);
        run.Error.Should().StartWith("kvstore: revision-compacted: ");
    }

    [Fact]
    public async Task A_watch_that_cannot_keep_up_prints_all_until_there_and_says_so()
    {
        await using var service = await ServiceProcess.StartAsync(environment: ("KvStore__Changes__WindowBytes", "65536"));
        await RunAsync(service, "set", "a", "1");
        await using var watch = CliProcess.Start(service.GrpcAddress, "watch", "--since", "0", "--output", "json");
        (await NextAsync(watch)).Should().Be(("a", 1));

        // More than all pipes and windows on the way hold, while nobody reads what it prints.
        var value = new string('v', 20_000);
        var lines = string.Concat(Enumerable.Range(0, 2_000).Select(i => $$"""{"key":"{{i}}","value":"{{value}}"}""" + "\n"));
        (await CliProcess.RunAsync(service.GrpcAddress, ["import"], Encoding.UTF8.GetBytes(lines))).ExitCode.Should().Be(0);

        var revision = 1L;
        while (await watch.ReadLineAsync() is { } line)
        {
            JsonDocument.Parse(line).RootElement.GetProperty("revision").GetInt64().Should().Be(++revision);
        }

        (await watch.WaitForExitAsync()).Should().Be(4);
        revision.Should().BeLessThan(2_001);
        (await watch.ReadErrorAsync()).Should().Contain("fell-behind: ").And.Contain($"revision-compacted: Not all changes after revision {revision} are kept.");
    }

    [Fact]
    public async Task A_watch_that_fell_behind_goes_on_where_it_was_while_the_server_still_knows()
    {
        const int Window = 8_388_608;
        const int ValueBytes = 20_000;
        await using var service = await ServiceProcess.StartAsync(environment: ("KvStore__Changes__WindowBytes", $"{Window}"));
        using var client = new GrpcClient(service.GrpcAddress);
        await client.SetAsync("a");
        await using var watch = CliProcess.Start(service.GrpcAddress, "watch", "--since", "0", "--output", "json");
        (await NextAsync(watch)).Should().Be(("a", 1));

        // Nobody reads what it prints. At three quarters of the window, and what is held on the way, the server gives it up; the rest of the window still
        // has what it has not seen.
        var value = new string('v', ValueBytes);
        var last = 0L;
        for (var written = 0; written < Window * 9 / 10; written += ValueBytes)
        {
            last = await client.SetAsync("a", value);
        }

        for (var revision = 2; revision <= last; revision++)
        {
            (await NextAsync(watch)).Should().Be(("a", revision));
        }

        watch.Interrupt();
        (await watch.ReadErrorAsync()).Should().Contain("fell-behind: ");
    }

    [Fact]
    public async Task A_watch_ends_when_nobody_reads_it()
    {
        await using var service = await ServiceProcess.StartAsync();
        await RunAsync(service, "set", "a", "1");
        await using var watch = CliProcess.Start(service.GrpcAddress, "watch", "--since", "0");
        await watch.ReadLineAsync();

        watch.StopReading();
        await RunAsync(service, "set", "a", "2");

        (await watch.WaitForExitAsync()).Should().Be(141);
    }

    private static async Task<(string? Key, long Revision)> NextAsync(CliProcess watch)
    {
        var line = JsonDocument.Parse((await watch.ReadLineAsync())!).RootElement;
        return (line.GetProperty("key").GetString(), line.GetProperty("revision").GetInt64());
    }

    private static async Task RunAsync(ServiceProcess service, params string[] arguments)
    {
        var run = await CliProcess.RunAsync(service.GrpcAddress, arguments);
        run.ExitCode.Should().Be(0, run.Error);
    }
}
