using System.CommandLine;
using System.Text.Json;
using KvStore.Cli.Records;
using KvStore.Cli.Shell;
using KvStore.Cli.Watching;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore watch</c>.</summary>
internal sealed class WatchCommand
{
    private readonly Command _command = new(
        "watch", "Prints what happens to keys, until Ctrl-C. Where the server goes away, it waits for it, and goes on after the last event it has seen");

    private readonly KeySelection _keys;
    private readonly Option<long?> _since = new("--since") { Description = "Begin after this revision [default: now]", HelpName = "revision" };
    private readonly Option<int?> _count = new("--count") { Description = "End after so many events [default: never]", HelpName = "events" };

    private WatchCommand()
    {
        _keys = new KeySelection(_command);
        _since.MustBe("a revision, or 0 for the beginning", revision => revision >= 0);
        _count.MustBe("a number above 0", count => count > 0);
        _command.Options.Add(_since);
        _command.Options.Add(_count);
    }

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var watch = new WatchCommand();
        setup.Handle(watch._command, watch.RunAsync);
        return watch._command;
    }

    private async Task<int> RunAsync(Session session, ParseResult result)
    {
        var request = new SubscribeRequest
        {
            KeyPattern = _keys.Prefix(result),
            Suffix = _keys.Suffix(result),
            AllKeys = _keys.IsAll(result),
            AsBytes = true,
        };
        if (result.GetValue(_since) is { } since)
        {
            request.SinceRevision = since;
        }

        var feed = new ChangeFeed(new ChangeSource(session.Client, session.AnswerTimeout), request, session.Timeout, note => Failure.Print(session.Terminal.Error, note));
        var left = result.GetValue(_count) ?? int.MaxValue;
        try
        {
            await foreach (var change in feed.ReadAllAsync(session.Stop))
            {
                await session.PrintAsync(LineOf(change), json => WriteMembers(json, change));
                if (--left == 0)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends.
        }

        return ExitCodes.Done;
    }

    private static string LineOf(ChangeEvent change)
    {
        var line = $"{StoredRecord.FormatTime(change.Timestamp)} {NameOf(change),-6} {Printable.Of(change.Key)}";
        return change.ChangeType == ChangeEvent.Types.ChangeType.Set
            ? $"{line} = {StoredRecord.Show(change.ValueBytes.Span, change.ContentType)}"
            : line;
    }

    private static void WriteMembers(Utf8JsonWriter json, ChangeEvent change)
    {
        json.WriteString("type"u8, NameOf(change));
        json.WriteString("key"u8, change.Key);
        if (change.ChangeType == ChangeEvent.Types.ChangeType.Set)
        {
            StoredRecord.WriteValue(json, change.ValueBytes.Span);
            json.WriteString("contentType"u8, change.ContentType);
        }

        json.WriteNumber("revision"u8, change.Revision);
        json.WriteNumber("timestamp"u8, change.Timestamp);
        StoredRecord.WriteExpiry(json, change.ExpiresAt);
    }

    private static string NameOf(ChangeEvent change) => change switch
    {
        { ChangeType: ChangeEvent.Types.ChangeType.Set } => "set",
        { Expired: true } => "expire",
        _ => "delete",
    };
}
