using System.CommandLine;
using Google.Protobuf;
using KvStore.Cli.Shell;
using KvStore.Grpc.KeyValue;

namespace KvStore.Cli.Commands;

/// <summary><c>kvstore set</c>.</summary>
internal sealed class SetCommand
{
    private const string StandardInput = "-";

    // A hundred years, as the service has it.
    private const double MostSeconds = 3_155_760_000;

    // The most that a service can be told to take.
    private const int MostBytes = 100 * 1_024 * 1_024;

    private readonly Argument<string> _key = new("key") { Description = "The key" };

    private readonly Argument<string?> _value = new("value")
    {
        Description = "The value; - or nothing reads it from standard input",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _file = new("--file") { Description = "Read the value from a file", HelpName = "file" };
    private readonly Option<bool> _isLiteral = new("--literal") { Description = "Take the value as it stands, even where it is -" };
    private readonly Option<double?> _ttl = new("--ttl") { Description = "How long the key is to live [default: until it is deleted]", HelpName = "seconds" };
    private readonly Option<string?> _type = new("--content-type") { Description = "The value's type [default: text/plain; charset=utf-8]", HelpName = "type" };
    private readonly Option<long?> _revision = new("--if-revision") { Description = "Set only if the key is at this revision", HelpName = "revision" };
    private readonly Option<bool> _ifAbsent = new("--if-absent") { Description = "Set only if there is no such key" };

    /// <summary>Makes it.</summary>
    public static Command Create(CommandSetup setup)
    {
        var set = new SetCommand();
        var command = new Command("set", "Sets a key; exit code 1 where a condition is not met")
        {
            set._key, set._value, set._file, set._isLiteral, set._ttl, set._type, set._revision, set._ifAbsent,
        };
        set._file.Validators.Add(OptionRules.MustNameFile);
        set._ttl.MustBeSeconds(MostSeconds);
        set._revision.MustBe("a revision above 0", revision => revision > 0);
        command.Exclude(set._revision, set._ifAbsent);
        command.Validators.Add(result =>
        {
            if (result.GetResult(set._value) is { Tokens.Count: > 0 } && result.GetResult(set._file) is { Implicit: false })
            {
                result.AddError("A value cannot be combined with --file.");
            }
        });
        setup.Handle(command, set.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(Session session, ParseResult result)
    {
        var request = new SetRequest
        {
            Key = result.GetRequiredValue(_key),
            ValueBytes = await ReadValueAsync(session, result),
            ContentType = result.GetValue(_type) ?? "",
            TtlMs = result.GetValue(_ttl) is { } ttl ? (long)Math.Ceiling(ttl * 1_000) : 0,
        };
        if (result.GetValue(_ifAbsent))
        {
            request.IfRevision = 0;
        }
        else if (result.GetValue(_revision) is { } revision)
        {
            request.IfRevision = revision;
        }

        var response = await session.Client.SetAsync(request, session.Call);
        await session.PrintAsync(FormattableString.Invariant($"{(response.Created ? "created" : "replaced")} at revision {response.Revision}"), json =>
        {
            json.WriteString("key"u8, request.Key);
            json.WriteNumber("revision"u8, response.Revision);
            json.WriteBoolean("created"u8, response.Created);
        });
        return ExitCodes.Done;
    }

    private async Task<ByteString> ReadValueAsync(Session session, ParseResult result)
    {
        if (result.GetValue(_file) is { } file)
        {
            await using var stream = File.OpenRead(file);
            return await ReadToEndAsync(stream, session.Stop);
        }

        var value = result.GetValue(_value);
        if (value is not null && (value != StandardInput || result.GetValue(_isLiteral)))
        {
            return ByteString.CopyFromUtf8(value);
        }

        return value is null && session.Terminal.IsInTerminal
            ? throw CliException.Usage("A value is missing; - reads it from standard input.")
            : await ReadToEndAsync(session.Terminal.In, session.Stop);
    }

    private static async Task<ByteString> ReadToEndAsync(Stream input, CancellationToken stop)
    {
        using var value = new MemoryStream();
        var piece = new byte[64 * 1_024];
        while (await input.ReadAsync(piece, stop) is > 0 and var length)
        {
            value.Write(piece.AsSpan(0, length));
            if (value.Length > MostBytes)
            {
                throw CliException.Usage(FormattableString.Invariant($"The value is longer than any server takes: more than {MostBytes} bytes."));
            }
        }

        return UnsafeByteOperations.UnsafeWrap(value.GetBuffer().AsMemory(0, (int)value.Length));
    }
}
