using System.CommandLine;
using KvStore.Cli.Bench;
using KvStore.Cli.Shell;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore bench</c>.</summary>
internal sealed class BenchCommand
{
    private const int DefaultSeconds = 10;

    // What a timer can wait for.
    private const int MostSeconds = 4_000_000;

    // What is run first is compiled meanwhile, on both sides, and would count as slow.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly string[] Operations = ["get", "set", "mixed"];

    private readonly Option<string> _operation = new("--op")
    {
        Description = "get, set, or mixed: nine gets to a set",
        HelpName = string.Join('|', Operations),
        DefaultValueFactory = _ => Operations[0],
    };

    private readonly Option<int> _connections = Number("--connections", "Over how many connections", 1, 1_000);
    private readonly Option<int> _concurrency = Number("--concurrency", "How many requests wait for an answer at any time", 32, 100_000);
    private readonly Option<int> _keys = Number("--keys", "How many keys the requests are about", 10_000, 100_000_000);
    private readonly Option<int> _valueBytes = Number("--value-size", "How many bytes the values have", 100, 100 * 1_024 * 1_024);

    private readonly Option<double?> _seconds = new("--seconds")
    {
        Description = $"For how long [default: {DefaultSeconds}]",
        HelpName = "seconds",
    };

    private readonly Option<long?> _requests = new("--requests") { Description = "How many requests, in place of a time", HelpName = "n" };

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var bench = new BenchCommand();
        var command = new Command(
            "bench", "Measures a server. Sets keys kvstore-bench:00000000 and so on, sends requests for a time, and deletes the keys again")
        {
            bench._operation, bench._connections, bench._concurrency, bench._seconds, bench._requests, bench._keys, bench._valueBytes,
        };
        bench._operation.CompletionSources.Add(Operations);
        bench._operation.MustBe("get, set or mixed", Operations.Contains);
        bench._seconds.MustBeSeconds(MostSeconds);
        bench._requests.MustBe("a number above 0", requests => requests > 0);
        command.Exclude(bench._seconds, bench._requests);
        setup.Handle(command, bench.RunAsync);
        return command;
    }

    private static Option<int> Number(string name, string description, int usual, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "n", DefaultValueFactory = _ => usual };
        option.MustBe(FormattableString.Invariant($"from 1 to {most}"), value => value >= 1 && value <= most);
        return option;
    }

    private async Task<int> RunAsync(Session session, ParseResult result)
    {
        var requests = result.GetValue(_requests);
        var plan = new LoadPlan(
            Enum.Parse<LoadOperation>(result.GetRequiredValue(_operation), ignoreCase: true),
            result.GetValue(_connections),
            result.GetValue(_concurrency),
            requests is null ? TimeSpan.FromSeconds(result.GetValue(_seconds) ?? DefaultSeconds) : null,
            requests,
            result.GetValue(_keys),
            result.GetValue(_valueBytes));
        var channels = Enumerable.Range(0, plan.Connections).Select(_ => session.OpenChannel()).ToList();
        try
        {
            var run = new LoadRun(plan, [.. channels.Select(channel => new KeyValueStoreClient(channel))], session.AnswerTimeout);
            return await MeasureAsync(session, plan, run);
        }
        finally
        {
            channels.ForEach(channel => channel.Dispose());
        }
    }

    private static async Task<int> MeasureAsync(Session session, LoadPlan plan, LoadRun run)
    {
        try
        {
            await run.PrepareAsync(session.Stop);
            await run.RunAsync(WarmUp, requests: null, session.Stop);
            var load = await run.RunAsync(plan.Duration, plan.Requests, session.Stop);

            // What was measured until Ctrl-C, or until the server went away, is worth its report.
            await session.Terminal.WriteLineAsync(session.IsJson ? Records.JsonLine.Of(load.WriteMembers) : load.ToText(), CancellationToken.None);
            return session.Stop.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Done;
        }
        finally
        {
            await run.CleanUpAsync();
        }
    }
}
