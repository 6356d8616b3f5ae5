using System.Formats.Tar;
using KvStore.Core.Durability;
using KvStore.Tests.Faults;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace KvStore.Tests.Integration.Cli;

/// <summary><c>kvstore backup</c> of servers that send something else: whatever they do, there is a whole store in the end or nothing.</summary>
public sealed class CliBackupFaultTests : IDisposable
{
    private const string ArchiveType = "application/x-tar";

    private readonly TemporaryFolder _folder = new();
    private readonly string _backup;

    public CliBackupFaultTests() => _backup = _folder.At("backup");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_killed_run_has_left_is_cleared_away()
    {
        Directory.CreateDirectory(_backup + ".part");
        await File.WriteAllTextAsync(Path.Combine(_backup + ".part", "STORE"), "old");
        await using var server = await ServeAsync(Archive(Store()));

        var run = await RunAsync(server);

        run.ExitCode.Should().Be(0, run.Error);
        StoreVerifier.Run(_backup).Should().BeEquivalentTo(new { IsSound = true, LastRevision = 2L });
        Directory.GetFileSystemEntries(_folder.Path).Should().Equal(_backup);
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("backup.part")]
    public async Task What_is_somebody_elses_is_left_as_it_is(string directory)
    {
        var notes = Path.Combine(_folder.At(directory), "notes.txt");
        Directory.CreateDirectory(_folder.At(directory));
        await File.WriteAllTextAsync(notes, "mine");
        await using var server = await ServeAsync(Archive(Store()));

        (await RunAsync(server)).ExitCode.Should().Be(2);

        Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Should().BeEquivalentTo(_folder.At(directory), notes);
    }

    [Theory]
    [InlineData("../STORE", "no store has a file '../STORE'")]
    [InlineData("/tmp/kvstore-escaped", "no store has a file '/tmp/kvstore-escaped'")]
    [InlineData("./STORE", "no store has a file './STORE'")]
    [InlineData("wal-00000000000000000001.log/../../STORE", "no store has a file")]
    [InlineData("LOCK", "no store has a file 'LOCK'")]
    [InlineData("notes.txt", "no store has a file 'notes.txt'")]
    [InlineData("STORE.tmp", "no store has a file 'STORE.tmp'")]
    [InlineData("snapshot-99999999999999999999.snap", "no store has a file")]
    [InlineData("STORE", "'STORE' comes twice")]
    public async Task A_file_that_no_store_has_is_refused(string name, string why)
    {
        var store = Store();
        await using var server = await ServeAsync(Archive([.. store, (name, store[0].Bytes)]));

        await RefusesAsync(server, 4, why);
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    [InlineData(TarEntryType.Directory)]
    [InlineData(TarEntryType.Fifo)]
    public async Task What_is_no_file_is_refused(TarEntryType type)
    {
        using var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            var entry = new PaxTarEntry(type, "STORE");
            if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                entry.LinkName = "/etc/passwd";
            }

            await writer.WriteEntryAsync(entry);
        }

        await using var server = await ServeAsync(archive.ToArray());

        await RefusesAsync(server, 4, $"'STORE' is no file, but {type}");
    }

    [Fact]
    public async Task What_is_no_whole_store_is_refused()
    {
        var store = Store();
        store.Single(file => file.Name != "STORE").Bytes[70] ^= 1;
        await using var damaged = await ServeAsync(Archive(store));
        await using var nameless = await ServeAsync(Archive(Store().Where(file => file.Name != "STORE")));
        await using var empty = await ServeAsync(new byte[1_024]);
        await using var nothing = await ServeAsync([]);
        await using var noise = await ServeAsync([.. Enumerable.Repeat((byte)'x', 5_000)]);

        await RefusesAsync(damaged, 4, "wal-00000000000000000001.log is damaged at byte 64: ");
        await RefusesAsync(nameless, 4, "STORE is damaged at byte 0: it is missing, but ");
        await RefusesAsync(empty, 4, "it holds no store");
        await RefusesAsync(nothing, 4, "is no whole backup: ");
        await RefusesAsync(noise, 4, "is no whole backup: ");
    }

    [Fact]
    public async Task An_archive_that_ends_early_is_refused_wherever_it_does()
    {
        var archive = Archive(Store());
        for (var length = 100; length < archive.Length - 2_048; length += 900)
        {
            await using var server = await ServeAsync(archive[..length]);

            await RefusesAsync(server, 4, "is no whole backup: ");
        }
    }

    [Fact]
    public async Task A_connection_that_is_cut_leaves_nothing()
    {
        await using var server = await ServeAsync(SendSomeAndCutAsync);

        await RefusesAsync(server, 3, " was cut off: ");
    }

    [Theory]
    [InlineData(503, "application/problem+json", """{"code":"draining","detail":"The service\nis shutting down."}""", 3, "draining: The service\\nis shutting down.")]
    [InlineData(404, "application/problem+json", """{"code":"not-found","detail":"Not here."}""", 4, "not-found: Not here.")]
    [InlineData(500, "text/plain", "what?", 4, "answered 500 ")]
    [InlineData(302, "application/json", "[]", 4, "answered 302 ")]
    [InlineData(200, "text/html", "<html>", 4, "answered with text/html, and not with a backup")]
    public async Task An_answer_that_is_no_backup_is_told_in_one_line(int status, string type, string body, int exitCode, string message)
    {
        await using var server = await ServeAsync(async context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            await context.Response.WriteAsync(body);
        });

        await RefusesAsync(server, exitCode, message);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_waited_for_as_long_as_is_said()
    {
        await using var server = await ServeAsync(SendSomeAsync);

        await RefusesAsync(server, 3, "did not answer in time (--timeout)", "--timeout", "0.2");
    }

    [Fact]
    public async Task Ctrl_c_leaves_nothing()
    {
        await using var server = await ServeAsync(SendSomeAsync);
        await using var backup = CliProcess.Start(new Uri($"http://{server.Address}"), "backup", _backup, "--server", server.Address);
        await IsBegunAsync();

        backup.Interrupt();

        (await backup.WaitForExitAsync()).Should().Be(130);
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    /// <summary>Sends the beginning of an archive, and no more.</summary>
    private static async Task SendSomeAsync(HttpContext context)
    {
        await SendBeginningAsync(context);
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
    }

    private async Task SendSomeAndCutAsync(HttpContext context)
    {
        await SendBeginningAsync(context);

        // What is sent last is lost where the connection is cut too soon.
        await IsBegunAsync();
        context.Abort();
    }

    private static async Task SendBeginningAsync(HttpContext context)
    {
        context.Response.ContentType = ArchiveType;
        await context.Response.Body.WriteAsync(Archive(Store()).AsMemory(0, 2_000));
        await context.Response.Body.FlushAsync();
    }

    private Task IsBegunAsync() => Until.IsTrueAsync(() => Task.FromResult(Directory.Exists(_backup + ".part")));

    /// <summary>The files of a store, STORE last.</summary>
    private static (string Name, byte[] Bytes)[] Store()
    {
        using var directory = new SimulatedDisk().Open();
        new LogScript(directory).Store().Segment(1).Set("a", "1").Synced().Set("b", "2").End().Write();
        return [.. DirectoryBytes.All(directory).OrderByDescending(file => file.Key, StringComparer.Ordinal).Select(file => (file.Key, file.Value))];
    }

    private static byte[] Archive(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
            }
        }

        return archive.ToArray();
    }

    private static Task<GrpcTestServer> ServeAsync(byte[] archive) => ServeAsync(async context =>
    {
        context.Response.ContentType = ArchiveType;
        await context.Response.Body.WriteAsync(archive);
    });

    private static Task<GrpcTestServer> ServeAsync(RequestDelegate answer) => GrpcTestServer.StartAsync(answer, HttpProtocols.Http1);

    private Task<CliRun> RunAsync(GrpcTestServer server, params string[] options) =>
        CliRun.InProcessAsync(["backup", _backup, "--server", $"http://{server.Address}", .. options]);

    private async Task RefusesAsync(GrpcTestServer server, int exitCode, string why, params string[] options)
    {
        var run = await RunAsync(server, options);
        run.ExitCode.Should().Be(exitCode, run.Error);
        run.Error.Should().MatchRegex("^kvstore: [^\n]+\n$").And.Contain(why);
        run.Text.Should().BeEmpty();
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
    }
}
