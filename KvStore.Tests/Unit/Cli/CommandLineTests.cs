using Google.Protobuf;
using KvStore.Cli;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("")]
    [InlineData("gt a")]
    [InlineData("get")]
    [InlineData("get a b")]
    [InlineData("get a --what")]
    [InlineData("get a --server localhost")]
    [InlineData("get a --output xml")]
    [InlineData("get a --timeout 0")]
    [InlineData("get a --timeout soon")]
    [InlineData("get a --timeout 1,5")]
    [InlineData("set a b --ttl 1,5")]
    [InlineData("set a b --ttl -1")]
    [InlineData("set a b --if-revision 3 --if-absent")]
    [InlineData("set a b --file c")]
    [InlineData("search --limit 10001")]
    [InlineData("watch --since -1")]
    [InlineData("bench --op delete")]
    [InlineData("bench --seconds 1 --requests 1")]
    [InlineData("bench --seconds 5000000")]
    [InlineData("completion tcsh")]
    [InlineData("-op=list")]
    [InlineData("set a --file /no/such/file")]
    [InlineData("set a --file /dev/zero")]
    [InlineData("export /")]
    [InlineData("get a --server 0.0.0.0:50051")]
    [InlineData("import /no/such/file")]
    [InlineData("verify")]
    [InlineData("verify /no/such/directory")]
    [InlineData("verify /dev/null")]
    [InlineData("verify /")]
    [InlineData("repair /no/such/directory")]
    [InlineData("repair /no/such/directory --truncate")]
    [InlineData("repair /dev/null --truncate")]
    [InlineData("backup")]
    [InlineData("backup /")]
    [InlineData("backup /dev/null")]
    [InlineData("backup /no/such/directory --server localhost")]
    [InlineData("--server localhost:50051 backup /no/such/directory")]
    public async Task A_wrong_command_line_exits_with_2_and_one_line(string arguments)
    {
        var run = await CliRun.InProcessAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        run.ExitCode.Should().Be(ExitCodes.Usage);
        run.Error.Should().MatchRegex("^kvstore: [^\n]+\n$").And.NotContain("\\n", "no line of it is squeezed in");
        run.Error.Should().NotContain("in use").And.NotContain("Parameter");
        run.Text.Should().BeEmpty();
    }

    [Theory]
    [InlineData("set", "a", "--file", "")]
    [InlineData("import", "")]
    [InlineData("export", "")]
    public async Task A_file_without_a_name_exits_with_2_and_one_line(params string[] arguments)
    {
        var run = await CliRun.InProcessAsync(arguments);

        run.ExitCode.Should().Be(ExitCodes.Usage);
        run.Error.Should().StartWith("kvstore: The name of a file must not be empty.");
    }

    [Fact]
    public async Task Help_names_every_command_and_exit_code()
    {
        var run = await CliRun.InProcessAsync(["--help"]);

        run.ExitCode.Should().Be(ExitCodes.Done);
        run.Text.Should().ContainAll("get", "set", "del", "search", "count", "watch", "import", "export", "backup", "verify", "repair", "bench", "completion", "--server");
        run.Text.Should().MatchRegex("(?s)Exit codes:.* 0 .* 1 .* 2 .* 3 .* 4 .* 130 .* 141 ");
    }

    [Theory]
    [InlineData("get", true, true)]
    [InlineData("backup", true, true)]
    [InlineData("verify", false, false)]
    [InlineData("repair", false, false)]
    public async Task Help_shows_the_server_that_a_command_talks_to(string command, bool server, bool timeout)
    {
        var help = (await CliRun.InProcessAsync([command, "--help"])).Text;

        help.Split("--server <").Should().HaveCount(server ? 2 : 1);
        help.Contains("--timeout", StringComparison.Ordinal).Should().Be(timeout);
        help.Contains("gRPC calls (environment", StringComparison.Ordinal).Should().Be(server && command != "backup");
    }

    [Theory]
    [InlineData("kvstore se", "search,set")]
    [InlineData("kvstore backup a --ser", "--server")]
    [InlineData("kvstore repair a --tr", "--truncate")]
    [InlineData("kvstore get a --out", "--output")]
    [InlineData("kvstore get a --output ", "json,text")]
    [InlineData("kvstore get a --output=j", "json")]
    [InlineData("kvstore bench --op=", "get,mixed,set")]
    public async Task Words_are_completed(string line, string expected)
    {
        var run = await CliRun.InProcessAsync([$"[suggest:{line.Length}]", line]);

        run.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Should().Contain(expected.Split(','));
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "", 3)]
    [InlineData(StatusCode.DeadlineExceeded, "", 3)]
    [InlineData(StatusCode.NotFound, "key-not-found", 1)]
    [InlineData(StatusCode.FailedPrecondition, "revision-mismatch", 1)]
    [InlineData(StatusCode.FailedPrecondition, "read-only-replica", 4)]
    [InlineData(StatusCode.InvalidArgument, "key-too-long", 4)]
    [InlineData(StatusCode.Internal, "", 4)]
    public async Task A_status_has_its_exit_code_and_one_line(StatusCode status, string code, int exitCode)
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (_, _) => throw new RpcException(
                new Status(status, $"{code}: first\nsecond"), code.Length > 0 ? new Metadata { { "kvstore-error-code", code } } : null),
        });

        var run = await CliRun.InProcessAsync(["get", "a", "--server", server.Address]);

        run.ExitCode.Should().Be(exitCode);
        run.Error.Should().MatchRegex("^kvstore: [^\n]+\n$");
    }

    [Theory]
    [InlineData("get")]
    [InlineData("watch")]
    public async Task An_answer_that_does_not_come_in_time_exits_with_3(string command)
    {
        await using var server = await GrpcTestServer.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        var run = await CliRun.InProcessAsync([command, "a", "--server", server.Address, "--timeout", "0.2"]);

        run.ExitCode.Should().Be(ExitCodes.Unavailable);
        run.Error.Should().Contain("--timeout");
    }

    [Theory]
    [InlineData(false, "v")]
    [InlineData(true, "v\n")]
    public async Task A_value_has_a_line_end_only_where_a_person_reads_it(bool isTerminal, string printed)
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (request, _) =>
            {
                request.AsBytes.Should().BeTrue();
                return ValueTask.FromResult(new GetResponse { Found = true, ValueBytes = ByteString.CopyFromUtf8("v") });
            },
        });

        (await CliRun.InProcessAsync(["get", "a", "--server", server.Address], isTerminal: isTerminal)).Text.Should().Be(printed);
    }

    [Theory]
    [InlineData("610A09621B5B324AC29B", "a\n\tb\\u001b[2J\\u009b\n")]
    [InlineData("1BFF", "<2 bytes, text/css>\n")]
    public async Task A_value_does_not_command_a_terminal(string bytes, string printed)
    {
        var value = Convert.FromHexString(bytes);
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (_, _) => ValueTask.FromResult(new GetResponse { Found = true, ValueBytes = ByteString.CopyFrom(value), ContentType = "text/css" }),
        });

        (await CliRun.InProcessAsync(["get", "a", "--server", server.Address], isTerminal: true)).Text.Should().Be(printed);
        (await CliRun.InProcessAsync(["get", "a", "--server", server.Address])).Bytes.Should().Equal(value);
    }

    [Theory]
    [InlineData("/h")]
    [InlineData("/?")]
    public async Task A_key_is_not_taken_for_help(string key)
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (request, _) => ValueTask.FromResult(new GetResponse { Found = true, ValueBytes = ByteString.CopyFromUtf8(request.Key) }),
        });

        (await CliRun.InProcessAsync(["get", key, "--server", server.Address])).Text.Should().Be(key);
    }

    [Fact]
    public async Task A_key_cannot_begin_a_line_of_its_own()
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Search = (_, responses, _) => responses.WriteAsync(new SearchResult { Key = "a\nb\u001b[2J" }).AsTask(),
        });

        (await CliRun.InProcessAsync(["search", "--server", server.Address])).Text.Should().Be("a\\nb\\u001b[2J\n");
    }
}
