using System.Text.Json;
using KvStore.Core.Durability;
using KvStore.Core.Files;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

/// <summary><c>kvstore verify</c> and <c>kvstore repair</c>, on the files that the service makes and leaves.</summary>
public sealed class CliStoreTests : IDisposable
{
    private static readonly Uri NoServer = new("http://localhost:1");
    private static readonly string First = LogFormat.SegmentName(1);
    private static readonly string Second = LogFormat.SegmentName(2);

    private readonly TemporaryFolder _folder = new();
    private readonly string _store;

    public CliStoreTests() => _store = _folder.At("store");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_server_writes_is_whole_while_it_runs_and_when_it_has_stopped()
    {
        await using var service = await StartAsync();
        using var client = new ServiceClient(service.Address);
        await client.PutAsync("/kv/a", "1");
        await client.SendAsync("POST", "/admin/snapshot");
        await client.PutAsync("/kv/b", "2");

        var running = await RunAsync(0, "verify", _store);
        service.Terminate();
        (await service.WaitForExitAsync()).Should().Be(0);
        var stopped = await RunAsync(0, "verify", _store);

        running.Text.Should().Contain("\nin use: ").And.Contain("\nwhole: 1 snapshot with 1 record, ");
        stopped.Text.Should().MatchRegex("(?s)^STORE +[0-9]+ bytes  ok\nsnapshot-0+1.snap +[0-9]+ bytes  ok\nwal-.*\nwhole: .*; last revision 2, history [0-9a-f]{32}\n$");
        stopped.Text.Should().NotContain("in use");
    }

    [Fact]
    public async Task A_store_that_is_written_meanwhile_is_never_taken_for_damaged()
    {
        await using var service = await StartAsync();
        using var client = new ServiceClient(service.Address);
        using var enough = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                (await client.PutAsync($"/kv/{writer}-{i % 50}", new string('v', 2_000))).Status.Should().BeLessThan(300);
            }
        }));

        for (var i = 0; i < 20; i++)
        {
            StoreVerifier.Run(_store).Findings.Should().NotContain(finding => finding.Severity == VerifySeverity.Damage);
            await client.SendAsync("POST", "/admin/snapshot");
        }

        await enough.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task A_torn_tail_is_told_and_is_no_damage()
    {
        var at = 0;
        StoreFiles.Write(_store, log =>
        {
            log.Segment(1).Set("a", "1").Set("b", "2");
            at = log.Ends[0];
            log.Write(cut: log.Ends[1] - 2);
        });

        var text = await RunAsync(0, "verify", _store);
        var json = await RunAsync(0, "verify", _store, "--output", "json");

        text.Text.Should().Contain($"{First}       4096 bytes  torn tail at byte {at}, harmless: a write of ").And.Contain("\nwhole: ");
        JsonDocument.Parse(json.Text).RootElement.GetProperty("files")[1].GetProperty("status").GetString().Should().Be("torn-tail");
        (await RunAsync(0, "repair", _store, "--truncate")).Text.Should().Be("nothing is damaged: nothing to repair\n");
        (await RunAsync(0, "repair", _store, "--output", "json")).Text.Should().Be("""{"damaged":false,"repaired":false}""" + "\n");
    }

    [Fact]
    public async Task A_flipped_bit_is_found_then_cut_off_and_the_server_starts_with_what_is_left()
    {
        var (at, lost) = WriteDamaged();
        var before = StoreFiles.All(_store);

        var found = await RunAsync(1, "verify", _store);
        var planned = await RunAsync(1, "repair", _store);
        StoreFiles.All(_store).Should().BeEquivalentTo(before, "neither changes anything");
        var refused = await ServiceProcess.RunToEndAsync("", ("PORT", "0"), ("GRPC_PORT", "0"), ("DATA_DIR", _store));
        var repaired = await RunAsync(0, "repair", _store, "--truncate");

        found.Text.Should().Contain($"{First}       4096 bytes  damaged at byte {at}: ").And.Contain("\ndamaged: ");
        planned.Text.Should().Be(
            $"would cut {First} at byte {at}\nwould lose revisions 2 to 4: {lost} bytes\nwould set aside {Second}.damaged\n"
            + "would leave the store as of revision 1\nnothing was changed: --truncate does it\n");
        (refused.ExitCode, refused.Output).Should().Match<(int Code, string Text)>(run => run.Code != 0 && run.Text.Contains($"{First} is damaged at byte {at}"));
        repaired.Text.Should().StartWith(
            $"cut {First} at byte {at}\nlost revisions 2 to 4: {lost} bytes\nset aside {Second}.damaged\nleft the store as of revision 1\nbegan the history ");
        (await RunAsync(0, "verify", _store)).Text.Should().Contain($"{Second}.damaged       4096 bytes  note: ").And.Contain("; last revision 1, history ");
        await using var service = await StartAsync();
        using var client = new ServiceClient(service.Address);
        (await client.GetAsync("/get/a")).Text.Should().Be("1");
        (await client.GetAsync("/get/b")).Status.Should().Be(404);
        repaired.Text.Should().Contain((await client.GetAsync("/ready")).Json.GetProperty("historyId").GetString());
    }

    [Fact]
    public async Task Programs_read_what_is_damaged_and_what_was_cut()
    {
        var (at, lost) = WriteDamaged();

        var found = JsonDocument.Parse((await RunAsync(1, "verify", _store, "--output", "json")).Text).RootElement;
        var planned = await RunAsync(1, "repair", _store, "--output", "json");
        var repaired = JsonDocument.Parse((await RunAsync(0, "repair", _store, "--truncate", "--output", "json")).Text).RootElement;

        found.GetProperty("whole").GetBoolean().Should().BeFalse();
        found.GetProperty("historyId").GetString().Should().Be(LogScript.History.ToString("n"));
        var file = found.GetProperty("files")[1];
        (file.GetProperty("name").GetString(), file.GetProperty("status").GetString()).Should().Be((First, "damaged"));
        file.GetProperty("findings")[0].GetProperty("offset").GetInt64().Should().Be(at);
        planned.Text.Should().Be(
            $$$"""{"damaged":true,"repaired":false,"cut":{"file":"{{{First}}}","offset":{{{at}}},"bytes":{{{lost}}},"firstRevision":2,"lastRevision":4},"""
            + $$"""
               "setAside":["{{Second}}.damaged"],"lastRevision":1,"snapshot":null,"historyId":null}
               """ + "\n");
        repaired.GetProperty("repaired").GetBoolean().Should().BeTrue();
        repaired.GetProperty("historyId").GetString().Should().HaveLength(32);
    }

    [Fact]
    public async Task A_segment_that_is_gone_is_told_as_missing()
    {
        StoreFiles.Write(_store, log =>
        {
            log.Segment(1).Set("a", "1").End().Write();
            log.Segment(2).Set("b", "2").End().Write();
            log.Segment(3).Set("c", "3").End(isClean: true).Write();
        });
        File.Delete(Path.Combine(_store, Second));

        (await RunAsync(1, "verify", _store)).Text.Should().Contain($"{Second}          missing  damaged at byte 0: ");
    }

    [Fact]
    public async Task A_store_in_use_is_not_repaired()
    {
        WriteDamaged();
        var before = StoreFiles.All(_store);
        using var owner = DataDirectory.Open(_store);

        (await RunAsync(2, "repair", _store)).Error.Should().Be($"kvstore: {_store} is in use: stop its server first.\n");
        (await RunAsync(2, "repair", _store, "--truncate")).Error.Should().StartWith($"kvstore: {_store} is in use by process {Environment.ProcessId}");

        StoreFiles.All(_store).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task Damage_that_no_repair_helps_names_what_does()
    {
        using (var directory = DataDirectory.Open(_store))
        {
            SnapshotScript.Write(directory, revision: 3, lastRevision: 3, [("a", new(3, "3", "", 0))]);
            new LogScript(directory).Store().Skip(3).Segment(2).Set("c", "4").End(isClean: true).Write();
        }

        StoreFiles.Damage(_store, LogFormat.SnapshotName(3), 90);
        var before = StoreFiles.All(_store);

        (await RunAsync(1, "repair", _store)).Error.Should().EndWith("Restore a backup.\n");
        (await RunAsync(1, "repair", _store, "--truncate")).Error.Should().EndWith("Restore a backup.\n");

        StoreFiles.All(_store).Should().BeEquivalentTo(before);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("repair")]
    [InlineData("repair --truncate")]
    public async Task What_is_no_store_is_refused_and_left_as_it_is(string command)
    {
        var (verb, options) = (command.Split(' ')[0], command.Split(' ')[1..]);
        var (empty, foreign) = (_folder.At("empty"), _folder.At("foreign"));
        Directory.CreateDirectory(empty);
        Directory.CreateDirectory(foreign);
        await File.WriteAllTextAsync(Path.Combine(foreign, "notes.txt"), "");

        foreach (var directory in new[] { empty, foreign, _folder.At("missing") })
        {
            var run = await CliRun.InProcessAsync([verb, directory, .. options]);
            run.ExitCode.Should().Be(2);
            run.Error.Should().MatchRegex($"^kvstore: {directory} [^\n]+\n$");
        }

        Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Should().Equal(empty, foreign, Path.Combine(foreign, "notes.txt"));
    }

    /// <summary>Two segments, the second change of the first one damaged.</summary>
    /// <returns>Where, and how many bytes are lost with it.</returns>
    private (int At, int Lost) WriteDamaged()
    {
        var (at, lost) = (0, 0);
        StoreFiles.Write(_store, log =>
        {
            log.Segment(1).Set("a", "1").Set("b", "2").Set("c", "3").End().Write();
            (at, lost) = (log.Ends[0], log.Ends[^1] - log.Ends[0]);
            log.Segment(2).Set("d", "4").End(isClean: true).Write();
            lost += log.Ends[^1] - LogFormat.HeaderBytes;
        });
        StoreFiles.Damage(_store, First, at + 20);
        return (at, lost);
    }

    private async Task<ServiceProcess> StartAsync()
    {
        var service = await ServiceProcess.StartAsync(DurableService.SmallFiles, ("DATA_DIR", _store));
        using var client = new ServiceClient(service.Address);
        await DurableService.ReadyAsync(client);
        return service;
    }

    private static async Task<CliRun> RunAsync(int exitCode, params string[] arguments)
    {
        var run = await CliProcess.RunAsync(NoServer, arguments);
        run.ExitCode.Should().Be(exitCode, run.Text + run.Error);
        return run;
    }
}
