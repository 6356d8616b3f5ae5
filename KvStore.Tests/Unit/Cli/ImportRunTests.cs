using System.Text;
using KvStore.Cli;
using KvStore.Cli.Transfer;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Cli;

public sealed class ImportRunTests
{
    private readonly List<string> _stored = [];
    private readonly List<int> _batches = [];
    private Func<SetRequest, string> _refuse = _ => "";

    [Fact]
    public async Task Records_come_in_order_in_batches_of_bounded_size()
    {
        var lines = Enumerable.Range(0, 2_500).Select(i => Line($"{i}")).ToList();

        (await ImportAsync([.. lines])).Should().Be(2_500);

        _stored.Should().Equal(Enumerable.Range(0, 2_500).Select(i => $"{i}"));
        _batches.Should().Equal(1_000, 1_000, 500);
    }

    [Fact]
    public async Task Long_values_make_short_batches()
    {
        (await ImportAsync([.. Enumerable.Range(0, 4).Select(i => Line($"{i}", new string('v', 300_000)))])).Should().Be(4);

        _batches.Should().Equal(2, 2);
    }

    [Fact]
    public async Task Blank_lines_are_left_out_and_counted()
    {
        (await FailureOf(Line("a"), "", "  ", Line("b"), "{}")).Message.Should().StartWith("line 5: key is required. Imported before it: 2 records.");
    }

    [Fact]
    public async Task What_comes_before_a_wrong_line_is_stored_and_nothing_after()
    {
        var error = await FailureOf(Line("a"), Line("b"), "x", Line("c"));

        error.ExitCode.Should().Be(ExitCodes.Usage);
        error.Message.Should().StartWith("line 3: is not JSON").And.EndWith(" Imported before it: 2 records.");
        _stored.Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_wrong_too()
    {
        var run = new ImportRun(StoreAsync);
        var input = new MemoryStream(Encoding.UTF8.GetBytes(Line("a") + "\n" + Line("b", new string('v', 500_000))));

        (await ((Func<Task>)(() => run.RunAsync(new LineReader(input, maxLineBytes: 200_000), default))).Should().ThrowAsync<CliException>())
            .Which.Message.Should().Be("line 2: is longer than 200000 bytes. Imported before it: 1 record.");
    }

    [Fact]
    public async Task A_line_that_the_server_refuses_is_named()
    {
        _refuse = record => record.Key == "c" ? "value-too-large" : "";

        var error = await FailureOf(Line("a"), "", Line("b"), Line("c"), Line("d"));

        error.ExitCode.Should().Be(ExitCodes.ServerError);
        error.Message.Should().Be("line 4: value-too-large. Imported before it: 2 records; after it: 1 record.");
    }

    [Fact]
    public async Task A_batch_that_the_server_refuses_for_one_of_its_lines_is_taken_apart()
    {
        _refuse = record => record.Key == "c"
            ? throw new RpcException(new Status(StatusCode.InvalidArgument, "key-too-long: It is."))
            : "";

        var error = await FailureOf(Line("a"), Line("b"), Line("c"), Line("d"));

        error.Message.Should().StartWith("line 3: key-too-long: It is. Imported before it: 2 records.");
        _stored.Should().Equal("a", "b");
    }

    [Fact]
    public async Task A_server_that_goes_away_ends_it()
    {
        var run = new ImportRun(_ => throw new RpcException(new Status(StatusCode.Unavailable, "away")));

        await ((Func<Task>)(() => run.RunAsync(Lines(Line("a")), default))).Should().ThrowAsync<RpcException>();

        run.Imported.Should().Be(0);
    }

    private static string Line(string key, string value = "v") => $$"""{"key":"{{key}}","value":"{{value}}"}""";

    private static LineReader Lines(params string[] lines) => new(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    private async Task<long> ImportAsync(params string[] lines)
    {
        var run = new ImportRun(StoreAsync);
        await run.RunAsync(Lines(lines), default);
        return run.Imported;
    }

    private async Task<CliException> FailureOf(params string[] lines) =>
        (await ((Func<Task>)(() => ImportAsync(lines))).Should().ThrowAsync<CliException>()).Which;

    private async Task<BatchResponse> StoreAsync(BatchRequest batch)
    {
        await Task.Yield();
        var codes = batch.Operations.Select(operation => _refuse(operation.Set)).ToList();
        _batches.Add(batch.Operations.Count);
        _stored.AddRange(batch.Operations.Where((_, i) => codes[i].Length == 0).Select(operation => operation.Set.Key));
        return new BatchResponse { Results = { codes.Select(code => new BatchResult { Code = code }) } };
    }
}
