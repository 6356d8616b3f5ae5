using System.Text;
using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

public sealed class CliTransferTests
{
    private const string Records =
        """
        {"key":"a \"quoted\" é 😀 <&>","value":"text\twith\\all \u0001 é 😀 <&>","contentType":"text/plain; charset=utf-8"}
        {"key":"bytes","base64":"AP/+gA==","contentType":"image/png","expiresAt":"2099-01-31T12:00:00.001Z"}
        {"key":"empty","value":"","contentType":"application/json"}

        """;

    [Fact]
    public async Task A_store_is_exported_and_imported_as_over_http()
    {
        await using var source = await ServiceProcess.StartAsync();
        await using var target = await ServiceProcess.StartAsync();
        using var http = new HttpClient();
        var imported = await http.PostAsync(
            new Uri(source.Address, "/import"), new StringContent(Records, Encoding.UTF8, "application/x-ndjson"));
        imported.IsSuccessStatusCode.Should().BeTrue();

        var exported = await RunAsync(source, ["export"]);
        exported.ExitCode.Should().Be(0, exported.Error);
        exported.Text.Should().Be(await http.GetStringAsync(new Uri(source.Address, "/export")), "both write the same lines");
        exported.Error.Should().Be("exported 3 records; what changes from here on: kvstore watch --since 3\n");

        var run = await RunAsync(target, ["import", "--output", "json"], exported.Bytes);
        run.Text.Should().Be("{\"imported\":3}\n", run.Error);
        WithoutRevision((await RunAsync(target, ["export"])).Text).Should().Be(WithoutRevision(exported.Text));
    }

    [Fact]
    public async Task A_file_is_written_whole_or_not_at_all()
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():n}.ndjson");
        await using var service = await ServiceProcess.StartAsync();
        await RunAsync(service, ["import"], Encoding.UTF8.GetBytes(Records));

        (await RunAsync(service, ["export", file, "--output", "json"])).Text.Should().Be("{\"exported\":3,\"revision\":3}\n");
        (await File.ReadAllTextAsync(file)).Should().Be((await RunAsync(service, ["export"])).Text);
        (await RunAsync(service, ["import", file])).Text.Should().Be("imported 3 records\n");

        File.Delete(file);
        (await CliProcess.RunAsync(new Uri("http://localhost:1"), ["export", file])).ExitCode.Should().Be(3);
        File.Exists(file).Should().BeFalse();
        File.Exists(file + ".part").Should().BeFalse();
    }

    [SkippableFact]
    public async Task What_has_no_room_leaves_the_disk_as_it_was()
    {
        using var disk = MountedFolder.InMemory("1m");
        await using var service = await ServiceProcess.StartAsync();
        var value = new string('v', 10_000);
        await RunAsync(service, ["import"], Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $$"""{"key":"{{i}}","value":"{{value}}"}""" + "\n"))));
        await File.WriteAllTextAsync(Path.Combine(disk.Path, "backup"), "older");

        var run = await RunAsync(service, ["export", Path.Combine(disk.Path, "backup")]);

        run.ExitCode.Should().Be(2);
        run.Error.Should().MatchRegex("^kvstore: [^\n]+\n$");
        Directory.GetFiles(disk.Path).Select(Path.GetFileName).Should().Equal("backup");
        (await File.ReadAllTextAsync(Path.Combine(disk.Path, "backup"))).Should().Be("older");
    }

    [Fact]
    public async Task Pipes_are_read_and_written_where_a_file_is_named()
    {
        await using var service = await ServiceProcess.StartAsync();

        (await RunAsync(service, ["import", "/dev/stdin"], Encoding.UTF8.GetBytes(Records))).Text.Should().Be("imported 3 records\n");

        var exported = await RunAsync(service, ["export", "/dev/fd/1"]);
        exported.ExitCode.Should().Be(0, exported.Error);
        exported.Text.Should().StartWith("{").And.Contain("\nexported 3 records;");
    }

    [Fact]
    public async Task More_records_than_a_batch_takes_come_through()
    {
        var lines = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{{\"key\":\"{i:d5}\",\"value\":\"{new string('v', i % 500)}\"}}\n"));
        await using var service = await ServiceProcess.StartAsync();

        (await RunAsync(service, ["import"], Encoding.UTF8.GetBytes(lines))).Text.Should().Be("imported 5000 records\n");

        var exported = (await RunAsync(service, ["export"])).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        exported.Should().HaveCount(5_000).And.BeInAscendingOrder(StringComparer.Ordinal);
        exported[499].Should().Be($$"""{"key":"00499","value":"{{new string('v', 499)}}","contentType":"text/plain; charset=utf-8","revision":500}""");
    }

    [Theory]
    [InlineData("x", 2, "line 2: is not JSON")]
    [InlineData("""{"key":"a","value":1,"ttl":2}""", 2, "line 2: ttl is not a member")]
    [InlineData("""{"key":"LONG","value":1}""", 4, "line 2: key-too-long")]
    public async Task A_wrong_line_is_named_and_what_comes_before_it_stays(string line, int exitCode, string message)
    {
        await using var service = await ServiceProcess.StartAsync();
        var input = "{\"key\":\"first\",\"value\":\"v\"}\n" + line.Replace("LONG", new string('k', 2_000), StringComparison.Ordinal);

        var run = await RunAsync(service, ["import"], Encoding.UTF8.GetBytes(input));

        run.ExitCode.Should().Be(exitCode);
        run.Error.Should().StartWith($"kvstore: {message}").And.EndWith("Imported before it: 1 record.\n");
        (await RunAsync(service, ["search"])).Text.Should().Be("first\n");
    }

    private static Task<CliRun> RunAsync(ServiceProcess service, string[] arguments, byte[]? input = null) =>
        CliProcess.RunAsync(service.GrpcAddress, arguments, input);

    private static string WithoutRevision(string lines) => Regex.Replace(lines, ",\"revision\":[0-9]+", "", RegexOptions.ExplicitCapture);
}
