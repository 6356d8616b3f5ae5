using KvStore.Tests.Support;

namespace KvStore.Tests.Integration;

/// <summary>Runs the README's commands as a reader would, against the real service, and compares what they print.</summary>
public sealed class ReadmeTourTests
{
    private const string Address = "localhost:8080";

    [Fact]
    public async Task Every_command_of_the_tour_prints_what_the_readme_says()
    {
        var commands = ConsoleSession.Commands((await ReadAsync())[0], "console").ToList();
        commands.Should().HaveCountGreaterThan(10);
        await using var service = await ServiceProcess.StartAsync();

        foreach (var (command, shown) in commands)
        {
            await ConsoleSession.PrintsAsync(command.Replace(Address, service.Address.Authority, StringComparison.Ordinal), shown);
        }
    }

    [Fact]
    public async Task What_the_readme_says_of_keeping_data_is_so_and_what_it_restores_is_the_store()
    {
        var commands = ConsoleSession.Commands((await ReadAsync())[1], "console").ToList();
        commands.Should().HaveCountGreaterThan(3);
        using var folder = new TemporaryFolder();
        await using var service = await ServiceProcess.StartAsync("", ("DATA_DIR", folder.At("store")));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);

        foreach (var (command, shown) in commands)
        {
            var line = $"cd '{folder.Path}'; {command.Replace(Address, service.Address.Authority, StringComparison.Ordinal)}";
            await ConsoleSession.PrintsAsync(line, shown);
        }

        await using var restored = await ServiceProcess.StartAsync("", ("DATA_DIR", folder.At("restored")));
        using var reader = new ServiceClient(restored.Address);
        await DurableService.ReadyAsync(reader);
        (await reader.GetAsync("/get/kept")).Text.Should().Be("yes");
    }

    [Fact]
    public async Task Every_command_of_the_command_line_prints_what_the_readme_says()
    {
        var commands = ConsoleSession.Commands(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md")), "shell-session").ToList();
        commands.Should().HaveCountGreaterThan(5);
        var folder = Directory.CreateTempSubdirectory();
        await using var service = await ServiceProcess.StartAsync();

        foreach (var (command, shown) in commands)
        {
            var line = $"kvstore() {{ dotnet '{CliProcess.File}' \"$@\"; }}; cd '{folder.FullName}'; export KVSTORE_SERVER={service.GrpcAddress.Authority}; {command}";
            await ConsoleSession.PrintsAsync(line, shown);
        }

        folder.Delete(recursive: true);
    }

    /// <summary>The README before it comes to keeping data, and from there on.</summary>
    private static async Task<string[]> ReadAsync() =>
        (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"))).Split("## Keeping data");

    [Fact]
    public void A_command_ends_where_the_next_one_or_the_block_does()
    {
        const string text = """
            ```console
            $ one
            1
            $ two
            2

            2
            ```
            $ not this
            """;

        ConsoleSession.Commands(text, "console").Should().Equal(("one", "1"), ("two", "2\n\n2"));
    }
}
