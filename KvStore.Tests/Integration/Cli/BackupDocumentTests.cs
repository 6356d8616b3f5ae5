using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

/// <summary>Does what docs/backup.md shows, as a reader would.</summary>
public sealed class BackupDocumentTests
{
    [Fact]
    public async Task What_is_shown_of_backups_is_so_and_what_is_restored_is_the_store()
    {
        var commands = ConsoleSession.Commands(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "backup.md")), "shell-session").ToList();
        commands.Should().HaveCountGreaterThan(3);
        using var folder = new TemporaryFolder();
        await using var service = await StartAsync(folder.At("store"));

        foreach (var (command, shown) in commands)
        {
            var line = command.Replace("localhost:8080", service.Address.Authority, StringComparison.Ordinal);
            await ConsoleSession.PrintsAsync($"kvstore() {{ dotnet '{CliProcess.File}' \"$@\"; }}; cd '{folder.Path}'; {line}", shown);
        }

        await using var restored = await StartAsync(folder.At("restored"));
        using var client = new ServiceClient(restored.Address);
        (await client.GetAsync("/get/kept")).Text.Should().Be("yes");
    }

    private static async Task<ServiceProcess> StartAsync(string directory)
    {
        var service = await ServiceProcess.StartAsync("", ("DATA_DIR", directory));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        return service;
    }
}
