using System.Collections.Concurrent;
using System.Text.Json;
using KvStore.Core.Durability;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

/// <summary><c>kvstore backup</c>, of the service itself.</summary>
public sealed class CliBackupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _backup;

    public CliBackupTests() => _backup = _folder.At("backup");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_of_a_server_under_writes_has_every_write_that_was_acknowledged_before_it_began()
    {
        await using var service = await StartAsync(_folder.At("store"));
        using var client = new ServiceClient(service.Address);
        using var enough = new CancellationTokenSource();
        var acknowledged = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var (key, value) = ($"{writer}-{i}", $"{i}{new string('v', i % 1_000)}");
                (await client.PutAsync($"/kv/{key}", value)).Status.Should().Be(201);
                acknowledged[key] = value;
            }
        }));
        await Until.IsTrueAsync(() => Task.FromResult(acknowledged.Count >= 300));
        var before = acknowledged.ToArray();

        var run = await BackUpAsync(service.Address);

        await enough.CancelAsync();
        await writing;
        run.ExitCode.Should().Be(0, run.Error);
        run.Text.Should().MatchRegex($"^backed up to revision [0-9]+: [0-9]+ bytes in {_backup}, verified\n$");
        StoreVerifier.Run(_backup).Should().BeEquivalentTo(new { IsSound = true, IsInUse = false, Findings = Array.Empty<VerifyFinding>() });
        await using var restored = await StartAsync(_backup);
        using var reader = new ServiceClient(restored.Address);
        foreach (var (key, value) in before)
        {
            (await reader.GetAsync($"/get/{key}")).Text.Should().Be(value);
        }

        NothingIsLeft(beside: [_folder.At("store"), _backup]);
    }

    [Fact]
    public async Task Programs_read_what_it_holds()
    {
        await using var service = await StartAsync(_folder.At("store"));
        using var client = new ServiceClient(service.Address);
        await client.PutAsync("/kv/a", "1");
        Directory.CreateDirectory(_backup);

        var run = await BackUpAsync(service.Address, "--output", "json");

        run.ExitCode.Should().Be(0, "an empty directory is replaced");
        var json = JsonDocument.Parse(run.Text).RootElement;
        json.GetProperty("directory").GetString().Should().Be(_backup);
        json.GetProperty("revision").GetInt64().Should().Be(1);
        json.GetProperty("bytes").GetInt64().Should().Be(StoreFiles.All(_backup).Values.Sum(bytes => (long)bytes.Length));
        json.GetProperty("historyId").GetString().Should().Be((await client.GetAsync("/ready")).Json.GetProperty("historyId").GetString());
    }

    [Fact]
    public async Task A_server_that_has_nothing_to_back_up_says_so_in_one_line()
    {
        await using var service = await ServiceProcess.StartAsync();

        var run = await BackUpAsync(service.Address);

        (run.ExitCode, run.Error).Should().Be((4, "kvstore: not-found: The store is in memory alone: there is nothing to save. DATA_DIR gives it a directory.\n"));
        NothingIsLeft();
    }

    [Fact]
    public async Task The_port_of_grpc_is_not_the_one_to_ask()
    {
        await using var service = await ServiceProcess.StartAsync();

        var run = await BackUpAsync(service.GrpcAddress);

        run.ExitCode.Should().Be(4);
        run.Error.Should().MatchRegex("^kvstore: [^\n]+ answered 400 [^\n]*HTTP requests\\?\n$");
        NothingIsLeft();
    }

    [Fact]
    public async Task A_server_that_is_not_there_exits_with_3()
    {
        var run = await BackUpAsync(new Uri("http://localhost:1"));

        run.ExitCode.Should().Be(3);
        run.Error.Should().MatchRegex("^kvstore: http://localhost:1/? cannot be reached: [^\n]+\n$");
        NothingIsLeft();
    }

    private static async Task<ServiceProcess> StartAsync(string directory)
    {
        var service = await ServiceProcess.StartAsync(DurableService.SmallFiles, ("DATA_DIR", directory));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        return service;
    }

    private Task<CliRun> BackUpAsync(Uri server, params string[] options) =>
        CliProcess.RunAsync(server, ["backup", _backup, "--server", server.ToString(), .. options]);

    private void NothingIsLeft(params string[] beside) => Directory.GetFileSystemEntries(_folder.Path).Should().BeEquivalentTo(beside);
}
