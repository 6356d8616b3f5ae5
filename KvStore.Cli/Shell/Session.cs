using System.CommandLine;
using KvStore.Cli.Records;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Shell;

/// <summary>What a command works with while it runs.</summary>
internal sealed class Session : IDisposable
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);

    // Values may be set to be this long, and lie in a message beside their key.
    private const int MaxMessageBytes = 105 * 1_024 * 1_024;

    private readonly GrpcChannel _channel;

    /// <summary>Makes ready to call the server; no connection is made yet.</summary>
    public Session(SharedOptions shared, ParseResult result, Terminal terminal, CancellationToken stop)
    {
        Server = shared.Server(result);
        IsJson = shared.IsJson(result);
        Timeout = shared.Timeout(result);
        Terminal = terminal;
        Stop = stop;
        _channel = OpenChannel();
        Client = new KeyValueStoreClient(_channel);
    }

    /// <summary>Where the server is.</summary>
    public string Server { get; }

    /// <summary>Whether results are for programs.</summary>
    public bool IsJson { get; }

    /// <summary>How long an answer may take; null where it is not said.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>How long one answer may take.</summary>
    public TimeSpan AnswerTimeout => Timeout ?? DefaultTimeout;

    /// <summary>Where to read and write.</summary>
    public Terminal Terminal { get; }

    /// <summary>Cancelled when the command is to end.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Calls the server.</summary>
    public KeyValueStoreClient Client { get; }

    /// <summary>The options of a call with one answer.</summary>
    public CallOptions Call => new(Deadline: DateTime.UtcNow + AnswerTimeout, CancellationToken: Stop);

    /// <summary>The options of a call whose answer may be long.</summary>
    public CallOptions Stream => new(Deadline: Timeout is { } timeout ? DateTime.UtcNow + timeout : null, CancellationToken: Stop);

    /// <summary>Makes another way to the server, with connections of its own.</summary>
    public GrpcChannel OpenChannel() => GrpcChannel.ForAddress(Server, new GrpcChannelOptions { MaxReceiveMessageSize = MaxMessageBytes });

    /// <summary>Prints a result.</summary>
    /// <param name="text">What people read.</param>
    /// <param name="json">Writes the members of what programs read.</param>
    public ValueTask PrintAsync(string text, Action<System.Text.Json.Utf8JsonWriter> json) =>
        Terminal.WriteLineAsync(IsJson ? JsonLine.Of(json) : text, Stop);

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();
}
