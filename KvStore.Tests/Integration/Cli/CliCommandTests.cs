using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Cli;

/// <summary>The program's commands, against the service.</summary>
public sealed class CliCommandTests : IAsyncLifetime
{
    private ServiceProcess _service = null!;

    public async Task InitializeAsync() => _service = await ServiceProcess.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task A_key_is_set_read_listed_counted_and_deleted()
    {
        await Prints("created at revision 1\n", "set", "user:1", "Alice Smith");
        await Prints("replaced at revision 2\n", "set", "user:1", "Bob", "--if-revision", "1");
        await Prints("created at revision 3\n", "set", "user:2", "-", "--literal");
        await Prints("created at revision 4\n", "set", "--", "-a", "");
        await Prints("Bob", "get", "user:1");
        await Prints("", "get", "--", "-a");
        await Prints("user:1\nuser:2\n", "search", "user:");
        await Prints("user:2\t-\n", "search", "--suffix", ":2", "--values");
        await Prints("-a\n", "search", "--limit", "1");
        await Prints("user:2\n", "search", "--after", "user:1");
        await Prints("3\n", "count");
        await Prints("1\n", "count", "--suffix", "2");
        await Prints("deleted at revision 5\n", "del", "user:1", "--if-revision", "2");
    }

    [Fact]
    public async Task Programs_read_lines_of_json()
    {
        const string record =
            """{"key":"é\"","value":"v\n","contentType":"text/css","revision":1}""" + "\n";

        await Prints("""{"key":"é\"","revision":1,"created":true}""" + "\n", "set", "é\"", "v\n", "--content-type", "text/css", "--output", "json");
        await Prints(record, "get", "é\"", "--output", "json");
        await Prints(record, "search", "--values", "--output", "json");
        await Prints("""{"key":"é\""}""" + "\n", "search", "--output", "json");
        await Prints("""{"count":1}""" + "\n", "count", "--output", "json");
        await Prints("""{"key":"é\"","revision":2}""" + "\n", "del", "é\"", "--output", "json");
    }

    [Fact]
    public async Task Any_bytes_go_in_and_come_out()
    {
        var bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, bytes);

        (await RunAsync(["set", "a", "-"], bytes)).ExitCode.Should().Be(0);
        (await RunAsync(["set", "b"], bytes)).ExitCode.Should().Be(0);
        (await RunAsync(["set", "c", "--file", file])).ExitCode.Should().Be(0);

        foreach (var key in (string[])["a", "b", "c"])
        {
            (await RunAsync(["get", key])).Bytes.Should().Equal(bytes);
        }

        File.Delete(file);
    }

    [Fact]
    public async Task A_key_lives_as_long_as_it_is_told()
    {
        await Prints("created at revision 1\n", "set", "a", "v", "--ttl", "3600");

        (await RunAsync(["get", "a", "--output", "json"])).Text.Should().MatchRegex("\"expiresAt\":\"[0-9T:.-]+Z\"");
    }

    [Fact]
    public async Task What_is_not_there_or_not_so_exits_with_1()
    {
        await RunAsync(["set", "a", "v"]);

        await Fails(1, "key-not-found: there is no key 'b'.", "get", "b");
        await Fails(1, "key-not-found: there is no key 'b'.", "del", "b");
        await Fails(1, "revision-mismatch: *revision 1.", "set", "a", "w", "--if-revision", "7");
        await Fails(1, "revision-mismatch: *revision 1.", "set", "a", "w", "--if-absent");
        await Fails(1, "revision-mismatch: *revision 1.", "del", "a", "--if-revision", "7");
        await Prints("v", "get", "a");
    }

    [Fact]
    public async Task Other_errors_have_their_exit_codes()
    {
        await Fails(2, "Required argument missing*get --help.", "get");
        await Fails(3, "localhost:1 cannot be reached: *", "get", "a", "--server", "localhost:1");
        await Fails(3, "* cannot be reached: *", "get", "a", "--server", _service.Address.Authority);
        await Fails(4, "key-too-long: *", "get", new string('k', 2_000));
    }

    [Fact]
    public async Task The_flags_of_the_first_client_work_as_written()
    {
        await Prints("created at revision 1\n", "-op=set", "-key=user:123", "-value=Alice Smith");
        await Prints("Alice Smith", "-op=get", "-key=user:123", $"-server={_service.GrpcAddress.Authority}");
        await Fails(1, "key-not-found: *", "-op=get", "-key=user:bob");

        await using var watch = CliProcess.Start(_service.GrpcAddress, "-op=subscribe", "-pattern=user:");

        // It follows what happens once it is there, and does not say when that is.
        var line = watch.ReadLineAsync();
        do
        {
            await RunAsync(["-op=set", "-key=user:charlie", "-value=Charlie"]);
        }
        while (!line.IsCompleted);
        (await line).Should().EndWith(" set    user:charlie = Charlie");
    }

    [Fact]
    public async Task A_load_is_measured_and_leaves_nothing_behind()
    {
        var run = await RunAsync(["bench", "--op", "mixed", "--requests", "300", "--keys", "50", "--connections", "2", "--output", "json"]);

        run.ExitCode.Should().Be(0, run.Error);
        run.Text.Should().MatchRegex("""^\{"seconds":.*,"requests":300,"errors":0,"opsPerSecond":.*"p99.9":.*"max":.*\}\}""");
        await Prints("0\n", "count");
    }

    [Fact]
    public async Task A_load_that_is_interrupted_leaves_nothing_behind_either()
    {
        await using var bench = CliProcess.Start(_service.GrpcAddress, "bench", "--keys", "10000000");
        await CountBecomesAsync(count => count > 0);

        bench.Interrupt();

        (await bench.WaitForExitAsync()).Should().Be(130);
        await Prints("0\n", "count");
    }

    [Fact]
    public async Task Ctrl_c_ends_a_command_that_waits_for_input()
    {
        // One more than a batch has: once that is stored, the rest of the input is waited for.
        var lines = string.Concat(Enumerable.Range(0, 1_001).Select(i => $"{{\"key\":\"{i}\",\"value\":\"\"}}\n"));
        await using var import = CliProcess.Start(_service.GrpcAddress, "import");
        await import.WriteAsync(System.Text.Encoding.UTF8.GetBytes(lines));
        await CountBecomesAsync(count => count == 1_000);

        import.Interrupt();

        (await import.WaitForExitAsync()).Should().Be(130);
    }

    [Fact]
    public async Task An_argument_that_is_not_utf_8_is_refused_and_not_replaced()
    {
        (await ShellAsync("kvstore set \"$(printf 'a\\377')\" v; echo $?")).Should().StartWith("2\nkvstore: An argument is not text in UTF-8.");
        (await ShellAsync("kvstore set a\uFFFD v; echo $?")).Should().Be("created at revision 1\n0\n");
    }

    [Fact]
    public async Task An_error_that_nobody_can_read_has_its_exit_code_all_the_same() =>
        (await ShellAsync("kvstore get a 2> /dev/full; echo $?")).Should().Be("1\n");

    [Theory]
    [InlineData("kvstore set a - <&-; echo $?", "2\nkvstore: Standard input is closed.\n")]
    [InlineData("kvstore import <&-; echo $?", "2\nkvstore: Standard input is closed.\n")]
    [InlineData("kvstore count >&-; echo $?", "2\nkvstore: Standard output is closed.\n")]
    [InlineData("kvstore get a 2>&-; echo $?", "1\n")]
    public async Task A_standard_stream_that_is_closed_is_not_waited_for(string line, string printed) =>
        (await ShellAsync(line)).Should().Be(printed);

    private Task<string> ShellAsync(string line) => CliProcess.RunInShellAsync(_service.GrpcAddress, line);

    private async Task CountBecomesAsync(Predicate<long> isSo)
    {
        while (!isSo(long.Parse((await RunAsync(["count"])).Text, System.Globalization.CultureInfo.InvariantCulture)))
        {
            // It says nothing of how far it is: asking takes its time.
        }
    }

    private Task<CliRun> RunAsync(string[] arguments, byte[]? input = null) => CliProcess.RunAsync(_service.GrpcAddress, arguments, input);

    private async Task Prints(string text, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.Should().Be(run with { ExitCode = 0, Error = "" });
        run.Text.Should().Be(text);
    }

    private async Task Fails(int exitCode, string message, params string[] arguments)
    {
        var run = await RunAsync(arguments);
        run.ExitCode.Should().Be(exitCode, run.Error);
        run.Bytes.Should().BeEmpty();
        run.Error.Should().Match($"kvstore: {message}\n").And.Subject.Count(character => character == '\n').Should().Be(1);
    }
}
