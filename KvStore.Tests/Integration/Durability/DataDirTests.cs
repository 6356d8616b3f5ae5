using System.Text.Json;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Durability;

/// <summary>Directories that a store cannot be kept in: each ends the start with one line, and is left as it was.</summary>
public sealed class DataDirTests : IDisposable
{
    private const string Segment = "wal-00000000000000000002.log";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_is_refused()
    {
        await File.WriteAllTextAsync(_folder.At("file"), "mine");

        await ShouldBeRefusedAsync(_folder.At("file"), "is a file");
        (await File.ReadAllTextAsync(_folder.At("file"))).Should().Be("mine");
    }

    [Fact]
    public async Task A_directory_of_something_else_is_refused_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(_folder.At("notes.txt"), "mine");

        await ShouldBeRefusedAsync(_folder.Path, "not KvStore's", "notes.txt");
        Directory.GetFileSystemEntries(_folder.Path).Should().Equal(_folder.At("notes.txt"));
    }

    [Fact]
    public async Task A_directory_that_another_process_has_is_refused()
    {
        await using var first = await StartAsync();

        await ShouldBeRefusedAsync(_folder.Path, "in use", $"{first.Id}");
        (await PutAsync(first, "a")).Should().Be(201);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(_folder.At("STORE"), "kvstore 2\nhistory x\n");

        await ShouldBeRefusedAsync(_folder.Path, "newer", "version 2");
        (await File.ReadAllTextAsync(_folder.At("STORE"))).Should().Be("kvstore 2\nhistory x\n");
    }

    [SkippableFact]
    public async Task A_disk_that_is_full_from_the_start_is_one_line()
    {
        using var disk = MountedFolder.InMemory("64k");
        var others = Directory.CreateDirectory(Path.Combine(disk.Path, "lost+found")).FullName;
        await FillAsync(Path.Combine(others, "filler"));

        await ShouldBeRefusedAsync(disk.Path, "No space left");
    }

    [SkippableFact]
    public async Task A_disk_that_cannot_be_written_is_one_line()
    {
        using var disk = MountedFolder.InMemory("64k");
        disk.MakeReadOnly();

        await ShouldBeRefusedAsync(disk.Path, disk.Path, "Read-only");
    }

    [Fact]
    public async Task Damage_that_recovery_finds_ends_the_process_with_one_line_and_changes_nothing()
    {
        await using (var service = await StartAsync())
        {
            await PutAsync(service, "a");
            await PutAsync(service, "b");
            service.Terminate();
            (await service.WaitForExitAsync()).Should().Be(0);
        }

        var bytes = await File.ReadAllBytesAsync(_folder.At(Segment));
        bytes[90] ^= 1;
        await File.WriteAllBytesAsync(_folder.At(Segment), bytes);
        var files = Files();

        await ShouldBeRefusedAsync(_folder.Path, Segment, "damaged at byte");

        Files().Should().BeEquivalentTo(files);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_made()
    {
        var path = _folder.At("new/store");
        await using var service = await ServiceProcess.StartAsync(DurableService.SmallFiles, ("DATA_DIR", path));

        service.Output.Should().Contain(line => line.Contains($"kept in {path} with sync always", StringComparison.Ordinal));
        File.Exists(Path.Combine(path, "STORE")).Should().BeTrue();
    }

    [Fact]
    public async Task A_recovery_is_one_line_that_says_what_was_found()
    {
        await using (var service = await StartAsync())
        {
            await PutAsync(service, "a");
            service.Terminate();
            await service.WaitForExitAsync();
        }

        await using var again = await StartAsync();
        await Until.IsTrueAsync(() => Task.FromResult(again.Output.Any(line => line.Contains("Recovered", StringComparison.Ordinal))));

        var line = again.Output.Single(line => line.Contains("Recovered", StringComparison.Ordinal));
        JsonDocument.Parse(line).RootElement.GetProperty("Message").GetString()
            .Should().MatchRegex("^Recovered the store at revision 1: 1 records in [0-9.E-]+ s; history [0-9a-f]{32}; the log was whole$");
    }

    private Task<ServiceProcess> StartAsync() => ServiceProcess.StartAsync(DurableService.SmallFiles, ("DATA_DIR", _folder.Path));

    private static async Task ShouldBeRefusedAsync(string directory, params string[] parts)
    {
        var (exitCode, output) = await ServiceProcess.RunToEndAsync(
            DurableService.SmallFiles, ("PORT", "0"), ("GRPC_PORT", "0"), ("DATA_DIR", directory));

        // What is not the log, whose lines are JSON.
        exitCode.Should().Be(1, output);
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('{')).Should().ContainSingle(output)
            .Which.Should().ContainAll(parts);
        output.Should().NotContain("   at ").And.NotContain("Exception");
    }

    private static async Task<int> PutAsync(ServiceProcess service, string key)
    {
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        return (await client.PutAsync($"/kv/{key}", "v")).Status;
    }

    private static async Task FillAsync(string path)
    {
        await using var file = File.Create(path, bufferSize: 0);
        try
        {
            while (true)
            {
                await file.WriteAsync(new byte[512]);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    private Dictionary<string, string> Files() => Directory.GetFiles(_folder.Path).Where(file => Path.GetFileName(file) != "LOCK")
        .ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))), StringComparer.Ordinal);
}
