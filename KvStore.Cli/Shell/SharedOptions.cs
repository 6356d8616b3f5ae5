using System.CommandLine;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Shell;

/// <summary>The options that every command has.</summary>
internal sealed class SharedOptions
{
    private const string DefaultServer = "localhost:50051";
    private const string ServerVariable = "KVSTORE_SERVER";
    private const string Text = "text", Json = "json";

    private readonly Option<string> _server = new("--server")
    {
        Description = $"Where the server takes gRPC calls (environment: {ServerVariable})",
        HelpName = "host:port",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } server ? server : DefaultServer,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "How to print results: text for people, json (one line each) for programs",
        HelpName = "text|json",
        Recursive = true,
        DefaultValueFactory = _ => Text,
    };

    private readonly Option<double?> _timeout = new("--timeout")
    {
        Description = "How many seconds an answer may take [default: 10; search and export: no limit]. A watch ends when the server has been away so long [default: no limit]",
        HelpName = "seconds",
        Recursive = true,
    };

    /// <summary>Adds the options to the program.</summary>
    public SharedOptions(RootCommand root)
    {
        _output.AcceptOnlyFromAmong(Text, Json);
        _server.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } server || !GrpcChannel.TryParseAddress(server, out _))
            {
                result.AddError($"--server, or {ServerVariable}, must be an address such as {DefaultServer}.");
            }
        });
        _timeout.MustBeSeconds(int.MaxValue);
        root.Options.Add(_server);
        root.Options.Add(_output);
        root.Options.Add(_timeout);
    }

    /// <summary>Where the server is.</summary>
    public string Server(ParseResult result) => result.GetRequiredValue(_server);

    /// <summary>Whether results are for programs.</summary>
    public bool IsJson(ParseResult result) => result.GetValue(_output) == Json;

    /// <summary>How long an answer may take; null where it is not said.</summary>
    public TimeSpan? Timeout(ParseResult result) =>
        result.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}
