using System.CommandLine;
using KvStore.Cli.Records;
using KvStore.Cli.Shell;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore search</c>.</summary>
internal sealed class SearchCommand
{
    private const int MostLimit = 10_000;

    private readonly Command _command = new("search", "Lists keys in order: those with a prefix, a suffix or both, or all");
    private readonly KeySelection _keys;
    private readonly Option<int?> _limit = new("--limit") { Description = "At most so many keys, from 1 to 10,000 [default: all]", HelpName = "keys" };
    private readonly Option<string?> _after = new("--after") { Description = "Only keys after this one", HelpName = "key" };
    private readonly Option<bool> _values = new("--values") { Description = "Print the values too" };

    private SearchCommand()
    {
        _keys = new KeySelection(_command);
        _limit.MustBe("from 1 to 10000", limit => limit is >= 1 and <= MostLimit);
        _command.Options.Add(_limit);
        _command.Options.Add(_after);
        _command.Options.Add(_values);
    }

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var search = new SearchCommand();
        setup.Handle(search._command, search.RunAsync);
        return search._command;
    }

    private async Task<int> RunAsync(Session session, ParseResult result)
    {
        var request = new SearchRequest
        {
            Prefix = _keys.Prefix(result),
            Suffix = _keys.Suffix(result),
            AllKeys = _keys.IsAll(result),
            Limit = result.GetValue(_limit) ?? 0,
            After = result.GetValue(_after) ?? "",
            Values = result.GetValue(_values),
            AsBytes = true,
        };
        using var call = session.Client.Search(request, session.Stream);
        await using var output = new StreamWriter(session.Terminal.Out, leaveOpen: true);
        await foreach (var found in call.ResponseStream.ReadAllAsync())
        {
            await output.WriteAsync($"{LineOf(found, request.Values, session.IsJson)}\n".AsMemory(), session.Stop);
        }

        return ExitCodes.Done;
    }

    private static string LineOf(SearchResult found, bool hasValue, bool isJson) => (isJson, hasValue) switch
    {
        (true, true) => JsonLine.Of(StoredRecord.Of(found).WriteMembers),
        (true, false) => JsonLine.Of(json => json.WriteString("key"u8, found.Key)),
        (false, true) => $"{Printable.Of(found.Key)}\t{StoredRecord.Show(found.ValueBytes.Span, found.ContentType)}",
        (false, false) => Printable.Of(found.Key),
    };
}
